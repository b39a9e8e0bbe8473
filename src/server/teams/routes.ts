import { CodedError } from '../../lib/coded-error.ts';
import type { UserRecord } from '../../store/identity-store.ts';
import type { Store } from '../../store/store.ts';
import type { Access } from '../access.ts';
import { mayAt, seesTeam } from '../auth/principal.ts';
import type { Handlers } from '../http/call.ts';
import { noUser } from '../users/routes.ts';
import { memberView } from '../users/user-views.ts';

export interface TeamParts {
  readonly store: Store;
  readonly access: Access;
}

export function teamRoutes({
  store,
  access,
}: TeamParts): Handlers<'listTeams' | 'createTeam' | 'listMembers' | 'setMember' | 'removeMember'> {
  async function userNamed(name: string): Promise<UserRecord> {
    const user = await store.findUser(name);
    if (user === undefined) throw noUser(name);
    return user;
  }

  return {
    async listTeams({ principal }) {
      const withPublic = new Set(
        (await store.listPipelines()).filter((one) => mayAt(principal, one)).map(({ team }) => team),
      );
      const teams = (await store.listTeams()).filter(({ name }) => seesTeam(principal, name) || withPublic.has(name));
      return teams.map(({ name }) => ({ name }));
    },
    async createTeam({ principal, body }) {
      if ((await store.listTeams()).some(({ name }) => name === body.name)) {
        throw new CodedError('store.conflict', `there is a team "${body.name}" already`);
      }
      const { name } = await store.ensureTeam(body.name);
      principal.about({ team: name, target: `team ${name}` });
      return { name };
    },
    async listMembers({ principal, params }) {
      const { id } = await access.team(principal, params.team);
      return (await store.listMembers(id)).map(memberView);
    },
    async setMember({ principal, params, body }) {
      const { id, name } = await access.team(principal, params.team);
      const user = await userNamed(params.user);
      await store.setMember(id, user.id, body.role);
      principal.about({ team: name, target: `member ${user.name} as ${body.role}` });
      return memberView({ user, role: body.role });
    },
    async removeMember({ principal, params }) {
      const { id, name } = await access.team(principal, params.team);
      const user = await userNamed(params.user);
      await store.setMember(id, user.id, undefined);
      principal.about({ team: name, target: `member ${user.name}` });
      return undefined;
    },
  };
}
