import './no-eval.ts';
import './style/base.css';
import { createApp } from 'vue';
import App from './app.vue';
import { startFeed } from './live/feed.ts';
import { router } from './router.ts';

startFeed();
createApp(App).use(router).mount('#app');
