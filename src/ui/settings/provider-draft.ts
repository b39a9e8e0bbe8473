/** A provider of sign-in as a form has it, and as the server wants it. */

import type { z } from 'zod';
import type { ProviderKind, ProviderView, setProviderRequest } from '../../protocol/sign-in.ts';

type Body = z.input<typeof setProviderRequest>;
export type Rule = { group: string; domain: string; team: string; role: 'read' | 'write' | 'maintain' | 'admin' };

export interface Draft {
  name: string;
  kind: ProviderKind;
  label: string;
  url: string;
  clientId: string;
  clientSecret: string;
  access: 'none' | 'public' | 'all';
  /** With commas between them. */
  groups: string;
  domains: string;
  rules: Rule[];
  register: boolean;
  linkByEmail: boolean;
  groupsClaim: string;
  appId: string;
  appSlug: string;
  appPrivateKey: string;
}

export function draftOf(provider: ProviderView | undefined): Draft {
  const settings = provider?.settings;
  return {
    name: provider?.name ?? 'github',
    kind: settings?.kind ?? 'github',
    label: settings?.label ?? '',
    url: settings?.url ?? '',
    clientId: settings?.clientId ?? '',
    clientSecret: '',
    access: settings?.access ?? 'all',
    groups: (settings?.allow?.groups ?? []).join(', '),
    domains: (settings?.allow?.domains ?? []).join(', '),
    rules: (settings?.rules ?? []).map(({ group = '', domain = '', team, role }) => ({ group, domain, team, role })),
    register: settings?.register ?? true,
    linkByEmail: settings?.linkByEmail ?? false,
    groupsClaim: settings?.groupsClaim ?? '',
    appId: settings?.app?.id ?? '',
    appSlug: settings?.app?.slug ?? '',
    appPrivateKey: '',
  };
}

/** What the form does not show of a provider stays. */
export function bodyOf(draft: Draft, before: ProviderView | undefined): Body {
  const {
    label: _label,
    url: _url,
    allow: _allow,
    rules: _rules,
    app: _app,
    groupsClaim: _claim,
    access: _access,
    ...kept
  } = before?.settings ?? {};
  const groups = listOf(draft.groups);
  const domains = listOf(draft.domains);
  const isOidc = draft.kind === 'oidc';
  return {
    ...kept,
    kind: draft.kind,
    clientId: draft.clientId.trim(),
    register: draft.register,
    linkByEmail: draft.linkByEmail,
    ...given('label', draft.label),
    ...given('url', draft.url),
    ...given('clientSecret', draft.clientSecret),
    ...(isOidc ? given('groupsClaim', draft.groupsClaim) : { access: draft.access }),
    ...(groups.length + domains.length > 0 && { allow: { groups, domains } }),
    ...(draft.rules.length > 0 && { rules: draft.rules.map(ruleOf) }),
    ...(draft.kind === 'github' &&
      draft.appId !== '' && {
        app: { id: draft.appId.trim(), ...given('slug', draft.appSlug) },
        ...given('appPrivateKey', draft.appPrivateKey),
      }),
  };
}

const listOf = (text: string): string[] =>
  text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');

const given = <Name extends string>(name: Name, text: string): { [Key in Name]?: string } =>
  (text.trim() === '' ? {} : { [name]: text.trim() }) as { [Key in Name]?: string };

const ruleOf = ({ group, domain, team, role }: Rule) => ({
  ...given('group', group),
  ...given('domain', domain),
  team: team.trim(),
  role,
});
