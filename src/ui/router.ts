import { createRouter, createWebHistory } from 'vue-router';
import HomePage from './pages/home-page.vue';
import SignInPage from './pages/sign-in-page.vue';

/** Each thing has an address; the server answers all of them with index.html. */
export const router = createRouter({
  history: createWebHistory(),
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
  routes: [
    { path: '/', name: 'home', component: HomePage },
    { path: '/sign-in', name: 'sign-in', component: SignInPage },
    {
      path: '/teams/:team/pipelines/:pipeline',
      name: 'pipeline',
      component: () => import('./pages/pipeline-page.vue'),
      props: true,
    },
    {
      path: '/teams/:team/pipelines/:pipeline/jobs/:job',
      name: 'job',
      component: () => import('./pages/job-page.vue'),
      props: true,
    },
    {
      path: '/teams/:team/pipelines/:pipeline/jobs/:job/builds/:number(\\d+)',
      name: 'build',
      component: () => import('./pages/build-page.vue'),
      props: true,
    },
    {
      path: '/teams/:team/pipelines/:pipeline/resources/:address',
      name: 'resource',
      component: () => import('./pages/resource-page.vue'),
      props: true,
    },
    { path: '/sign-in/terminal', name: 'terminal', component: () => import('./pages/terminal-page.vue') },
    { path: '/profile', name: 'profile', component: () => import('./pages/profile-page.vue') },
    { path: '/settings', name: 'settings', component: () => import('./pages/settings-page.vue') },
    { path: '/repositories', name: 'repositories', component: () => import('./pages/repositories-page.vue') },
    {
      path: '/repositories/:repository',
      name: 'repository',
      component: () => import('./pages/repository-page.vue'),
      props: true,
    },
    { path: '/builds/:build', component: () => import('./pages/build-link-page.vue'), props: true },
    { path: '/workers', name: 'workers', component: () => import('./pages/workers-page.vue') },
    { path: '/:rest(.*)*', name: 'lost', component: () => import('./pages/lost-page.vue') },
  ],
});
