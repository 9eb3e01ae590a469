/** Secrets as Secrets Manager keeps them: versions, and the staging labels that say which of them is in force. */

import { z } from 'zod';
import { refuse } from '../refusal.ts';
import { tag } from '../tag.ts';

/** One value that a secret has or had. `binary` is base64. */
const version = z.object({
  id: z.string(),
  created: z.string(),
  text: z.string().optional(),
  binary: z.string().optional(),
  stages: z.array(z.string()),
});

/** How a secret is rotated: what AWS would call, and how often. */
const rotation = z.object({
  function: z.string().optional(),
  rules: z.object({ days: z.number().optional(), duration: z.string().optional(), schedule: z.string().optional() }),
});

/** A secret with everything that is kept of it. */
export const secretSchema = z.object({
  name: z.string(),
  arn: z.string(),
  description: z.string().optional(),
  key: z.string().optional(),
  created: z.string(),
  changed: z.string(),
  accessed: z.string().optional(),
  rotated: z.string().optional(),
  deleteAt: z.string().optional(),
  rotation: rotation.optional(),
  tags: z.array(tag),
  versions: z.array(version),
});

/** A secret. */
export type Secret = z.infer<typeof secretSchema>;
/** One value of a secret. */
export type Version = z.infer<typeof version>;
/** A value as a client gives it. */
export type Value = Pick<Version, 'text' | 'binary'>;

/** The labels that AWS moves by itself. */
export const stages = { current: 'AWSCURRENT', previous: 'AWSPREVIOUS', pending: 'AWSPENDING' } as const;

/** The secret of this name or ARN; an ARN may lack the six characters at its end. */
export function findSecret(secrets: readonly Secret[], id: string): Secret {
  const found = secrets.find(({ name, arn }) => name === id || arn === id || (id.startsWith('arn:') && arn.slice(0, -7) === id));
  return found ?? refuse('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
}

/** The same, for calls that a secret marked for deletion refuses. */
export function findUsable(secrets: readonly Secret[], id: string): Secret {
  const secret = findSecret(secrets, id);
  if (secret.deleteAt === undefined) return secret;
  return refuse('InvalidRequestException', "You tried to perform the operation on a secret that's currently marked deleted.");
}

/** Puts a secret in the place of what it was, or behind the others when it is new. */
export function putSecret(state: { secrets: Secret[] }, secret: Secret): void {
  const place = state.secrets.findIndex(({ arn }) => arn === secret.arn);
  state.secrets = place < 0 ? [...state.secrets, secret] : state.secrets.with(place, secret);
}

/** The version that a client names by id, by label, by both, or not at all: then the one in force. */
export function findVersion(secret: Secret, wanted: { readonly id?: string | undefined; readonly stage?: string | undefined }): Version {
  const found = secret.versions.find(({ id, stages: labels }) =>
    wanted.id === undefined ? labels.includes(wanted.stage ?? stages.current) : id === wanted.id,
  );
  if (found === undefined) {
    const what = wanted.id === undefined ? `staging label: ${wanted.stage ?? stages.current}` : `VersionId: ${wanted.id}`;
    return refuse('ResourceNotFoundException', `Secrets Manager can't find the specified secret value for ${what}`);
  }
  if (wanted.id !== undefined && wanted.stage !== undefined && !found.stages.includes(wanted.stage)) {
    refuse('InvalidRequestException', 'You provided a VersionStage that is not associated to the provided VersionId.');
  }
  return found;
}

/** The secret with one more version. The same id with the same value again changes nothing; with another value it is refused. */
export function withVersion(secret: Secret, added: { id: string; value: Value; labels: readonly string[]; at: string }): Secret {
  const { id, value, labels, at } = added;
  const there = secret.versions.find((each) => each.id === id);
  if (there !== undefined) {
    if (there.text === value.text && there.binary === value.binary) return secret;
    return refuse(
      'ResourceExistsException',
      `You can't use ClientRequestToken ${id} because that value is already in use for a version of secret ${secret.arn}.`,
    );
  }
  const grown = { ...secret, changed: at, versions: [...secret.versions, { id, created: at, ...value, stages: [] }] };
  // A first version is in force, whatever else it is called.
  const all = secret.versions.length === 0 && !labels.includes(stages.current) ? [...labels, stages.current] : labels;
  return all.reduce((sum, label) => withLabel(sum, label, id), grown);
}

/** The secret with a label on another version. Whatever loses AWSCURRENT becomes AWSPREVIOUS. */
export function withLabel(secret: Secret, label: string, to: string): Secret {
  const before = secret.versions.find(({ stages: labels }) => labels.includes(label))?.id;
  const moved = { ...secret, versions: secret.versions.map((each) => ({ ...each, stages: relabel(each, label, each.id === to) })) };
  const demoted = label === stages.current && before !== undefined && before !== to;
  return demoted ? withLabel(moved, stages.previous, before) : moved;
}

/** The secret without a label. */
export function withoutLabel(secret: Secret, label: string): Secret {
  return { ...secret, versions: secret.versions.map((each) => ({ ...each, stages: relabel(each, label, false) })) };
}

function relabel(of: Version, label: string, has: boolean): string[] {
  const others = of.stages.filter((each) => each !== label);
  // AWSCURRENT stands first, as AWS prints it.
  return has ? (of.stages.includes(label) ? of.stages : label === stages.current ? [label, ...others] : [...others, label]) : others;
}
