/** Providers of sign-in, as administrators set them and as visitors see them. */
import { z } from 'zod';
import { role } from './api.ts';
import { accountName } from './users.ts';

const instant = z.int();

export const PROVIDER_KINDS = ['github', 'gitlab', 'gitea', 'oidc'] as const;
export type ProviderKind = (typeof PROVIDER_KINDS)[number];

/** Part of the address that its users come back to. */
export const providerName = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/, 'lower-case letters, digits and - between them, 40 at most');

/** Which repositories the server may look at for somebody: those that everybody sees, or private ones too. */
export const repositoryAccess = z.enum(['none', 'public', 'all']);
export type RepositoryAccess = z.infer<typeof repositoryAccess>;

/** Without a slash at the end. */
const baseUrl = z
  .url({ protocol: /^https?$/, error: 'an address that begins with https:// (or http://)' })
  .max(500)
  .refine((url) => !/[?#@]/.test(url), 'an address without a user, a query and a #')
  .transform((url) => url.replace(/\/+$/, ''));

const group = z.string().min(1).max(200);
const domain = z
  .string()
  .regex(/^(?!-)[a-zA-Z0-9.-]{1,200}\.[a-zA-Z]{2,}$/, 'a domain, as in example.com')
  .transform((text) => text.toLowerCase());

/** Who is in that group (or has an address in that domain; both: both) has that role in that team from their next sign-in on. */
export const signInRule = z.strictObject({
  group: group.optional(),
  domain: domain.optional(),
  team: accountName,
  role: role.exclude(['public']),
});
export type SignInRule = z.infer<typeof signInRule>;

export const githubApp = z.strictObject({
  id: z.string().regex(/^\d{1,20}$/, 'the number that the page of the app shows'),
  /** In the address of its page: people install it there. */
  slug: z
    .string()
    .regex(/^[a-z0-9-]{1,100}$/)
    .optional(),
});

export const providerSettings = z.strictObject({
  kind: z.enum(PROVIDER_KINDS),
  /** On the button: `Continue with …`. */
  label: z.string().min(1).max(60).optional(),
  /** Of a forge; of an OIDC provider its issuer. */
  url: baseUrl.optional(),
  /** Of a GitHub Enterprise whose API is elsewhere. */
  apiUrl: baseUrl.optional(),
  clientId: z.string().min(1).max(255),
  /** The most that people are asked for; they may give less. */
  access: repositoryAccess.optional(),
  /** Who may sign in at all; absent: everybody who has an account there. One of these is enough. */
  allow: z
    .strictObject({ groups: z.array(group).max(200).optional(), domains: z.array(domain).max(200).optional() })
    .optional(),
  rules: z.array(signInRule).max(200).optional(),
  /** Whether somebody new gets a user. Default: true. */
  register: z.boolean().optional(),
  /** Whether somebody new with a verified address of exactly one user is that user. Default: false. */
  linkByEmail: z.boolean().optional(),
  /** What an OIDC provider is asked for besides `openid profile email`. */
  scopes: z
    .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,200}$/))
    .max(50)
    .optional(),
  /** Claims of an OIDC provider; default: `groups`, `preferred_username`. */
  groupsClaim: z.string().min(1).max(200).optional(),
  loginClaim: z.string().min(1).max(200).optional(),
  app: githubApp.optional(),
});
export type ProviderSettings = z.infer<typeof providerSettings>;

export const providerSecrets = z.strictObject({
  clientSecret: z.string().min(1).max(2_000).optional(),
  /** PEM, of a GitHub App. */
  appPrivateKey: z.string().min(1).max(20_000).optional(),
});
export type ProviderSecrets = z.infer<typeof providerSecrets>;

/** A secret that is not given stays as it is. */
export const setProviderRequest = providerSettings.extend(providerSecrets.shape);

export const providerView = z.object({
  name: z.string(),
  settings: providerSettings,
  hasClientSecret: z.boolean(),
  hasAppPrivateKey: z.boolean(),
  /** What is to be entered at the provider as the address to come back to. */
  callbackUrl: z.string(),
  setBy: z.string(),
  setAt: instant,
});
export type ProviderView = z.infer<typeof providerView>;

/** `ok: false`: what is wrong, and what to do. */
export const providerCheck = z.object({ ok: z.boolean(), message: z.string(), hint: z.string().optional() });

/** A button of the sign-in page. */
export const signInChoice = z.object({
  name: z.string(),
  kind: z.enum(PROVIDER_KINDS),
  label: z.string(),
  /** How much may be given, least first. */
  access: z.array(repositoryAccess),
});
export type SignInChoice = z.infer<typeof signInChoice>;

export const identityView = z.object({
  provider: z.string(),
  label: z.string(),
  login: z.string(),
  linkedAt: instant,
  /** What the server may do there for its user, as the provider calls it; absent: nothing. */
  scopes: z.array(z.string()).optional(),
});
export type IdentityView = z.infer<typeof identityView>;

/** A path of this server to come back to, and how much is given. */
export const linkRequest = z.object({ next: z.string().max(2_000).optional(), access: repositoryAccess.optional() });
/** A path of this server, to be opened in the same browser within two minutes. */
export const linkStart = z.object({ path: z.string() });

/** A terminal that waits to be signed in, as whoever has its code sees it. */
export const terminalView = z.object({
  code: z.string(),
  /** As it called itself, and from where it asked. */
  name: z.string(),
  address: z.string(),
  askedAt: instant,
  expiresAt: instant,
});

/** What a terminal asks for and gets, outside of the table of routes: nobody is signed in yet. */
export const askTerminalRequest = z.strictObject({ name: z.string().max(100) });
export const askedTerminal = z.object({
  /** To be read by a person and written into a page: eight letters. */
  code: z.string(),
  /** Known to the terminal alone. */
  secret: z.string(),
  /** The page, with the code in it. */
  url: z.string(),
  expiresAt: instant,
  /** How long to wait between questions. */
  everyMs: z.int(),
});
export const claimTerminalRequest = z.strictObject({ secret: z.string().min(1).max(200) });
export const claimedTerminal = z.discriminatedUnion('state', [
  z.object({ state: z.literal('waiting') }),
  z.object({ state: z.literal('done'), name: z.string(), id: z.string(), token: z.string() }),
]);
