import { ref, watch } from 'vue';
import { type RepositoryAccess, repositoryAccess, type SignInChoice } from '../../protocol/sign-in.ts';

/** Remembered, for it is asked each time. */
const KEPT = 'pikoci.repositories';

/** How much of their repositories somebody gives, where the provider asks for so much. */
export const wantedAccess = ref<RepositoryAccess>(repositoryAccess.safeParse(localStorage.getItem(KEPT)).data ?? 'all');
watch(wantedAccess, (access) => localStorage.setItem(KEPT, access));

export const accessOf = ({ access }: SignInChoice): RepositoryAccess =>
  access.includes(wantedAccess.value) ? wantedAccess.value : (access.at(-1) ?? 'none');

/** What can be chosen, least first. */
export const accessesOf = (choices: readonly SignInChoice[]): RepositoryAccess[] =>
  repositoryAccess.options.filter((one) => choices.some(({ access }) => access.includes(one)));
