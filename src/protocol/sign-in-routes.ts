/** Routes about signing in elsewhere. */
import { z } from 'zod';
import { json, made, type RouteTable } from './route.ts';
import * as signIn from './sign-in.ts';

const PROVIDER = '/providers/{provider}';
const OWN = '/session/identities/{provider}';
const TERMINAL = '/sign-in/terminals/{code}';

export const signInRoutes = {
  listSignInChoices: {
    method: 'get',
    path: '/sign-in',
    tag: 'users',
    summary: 'Where else one can sign in',
    answer: json(z.array(signIn.signInChoice)),
  },
  getTerminal: {
    method: 'get',
    path: TERMINAL,
    tag: 'users',
    summary: 'A terminal that waits to be signed in',
    answer: json(signIn.terminalView),
  },
  confirmTerminal: {
    method: 'post',
    path: TERMINAL,
    tag: 'users',
    summary: 'Sign that terminal in as you',
    answer: { kind: 'none' },
  },
  listOwnIdentities: {
    method: 'get',
    path: '/session/identities',
    tag: 'users',
    summary: 'Your accounts elsewhere',
    answer: json(z.array(signIn.identityView)),
  },
  linkIdentity: {
    method: 'post',
    path: OWN,
    tag: 'users',
    summary: 'Begin to link an account elsewhere: the path to open in your browser',
    body: signIn.linkRequest,
    answer: made(signIn.linkStart),
  },
  unlinkOwnIdentity: {
    method: 'delete',
    path: OWN,
    tag: 'users',
    summary: 'Unlink an account elsewhere, and take back what it granted',
    answer: { kind: 'none' },
  },
  unlinkIdentity: {
    method: 'delete',
    path: '/users/{user}/identities/{provider}',
    tag: 'users',
    summary: "Unlink a user's account elsewhere",
    answer: { kind: 'none' },
  },
  listProviders: {
    method: 'get',
    path: '/providers',
    tag: 'users',
    summary: 'Providers of sign-in, without their secrets',
    answer: json(z.array(signIn.providerView)),
  },
  getProvider: {
    method: 'get',
    path: PROVIDER,
    tag: 'users',
    summary: 'A provider of sign-in',
    answer: json(signIn.providerView),
  },
  setProvider: {
    method: 'put',
    path: PROVIDER,
    tag: 'users',
    summary: 'Add or change a provider of sign-in; a secret that is not given stays',
    body: signIn.setProviderRequest,
    answer: json(signIn.providerView),
  },
  removeProvider: {
    method: 'delete',
    path: PROVIDER,
    tag: 'users',
    summary: 'Remove a provider, with the accounts that are linked to it',
    answer: { kind: 'none' },
  },
  checkProvider: {
    method: 'post',
    path: `${PROVIDER}/check`,
    tag: 'users',
    summary: 'Look whether a provider answers and takes the id and secret',
    answer: json(signIn.providerCheck),
  },
} as const satisfies RouteTable;
