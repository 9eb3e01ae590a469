/** What the signature of a record proves. */

import type { Finding, Proof } from './proof.ts';
import type { RecordFiles } from './record-files.ts';
import { checkSignature, readSignature, signatureName, type ToCheck } from './signature.ts';

/** What is found of a signature. `whole`: somebody who is known has signed all of the journal. */
export type Signed = Pick<Proof, 'proved' | 'wrong' | 'unproved'> & { readonly whole: boolean };

/** `required`: somebody asked for a signature, so that a missing one is a finding. */
export type Asking = Pick<ToCheck, 'signers' | 'env'> & { readonly required: boolean };

/** Checks the signature of a record against its journal. */
export async function signedBy(files: RecordFiles, proof: Proof, { signers, env, required }: Asking): Promise<Signed> {
  const file = files.read(signatureName);
  if (file === undefined) {
    if (required) return nothing({ wrong: [{ where: signatureName, what: 'it is missing.' }] });
    return nothing({ unproved: ['Who vouches for it: the journal is not signed.'] });
  }
  const parts = readSignature(file.toString('utf8'));
  if (parts === undefined) return nothing({ wrong: [{ where: signatureName, what: 'this is not how the engine writes it.' }] });
  const { signed, text, signature } = parts;
  const checked = await checkSignature({ text, signature, signers, env });
  if (checked.kind === 'unchecked') return nothing({ unproved: [`The signature of the journal: ${checked.why}.`] });
  const wrong: Finding[] = [];
  if (checked.kind === 'bad') wrong.push({ where: signatureName, what: `the signature does not hold: ${checked.why}` });
  if (proof.run !== undefined && signed.run !== proof.run)
    wrong.push({ where: signatureName, what: `it is of run ${signed.run}, and this is run ${proof.run}.` });
  const mended = proof.repairs.some(({ head }) => head === signed.head);
  const holds = proof.hashes[signed.events - 1] === signed.head;
  if (!holds && !mended)
    wrong.push({
      where: signatureName,
      what: `the journal had the head ${signed.head} after ${signed.events} events when it was signed, and now has not.`,
    });
  if (checked.kind !== 'good' || wrong.length > 0) return nothing({ wrong });
  if (!holds) return nothing({ unproved: ['Who vouches for it: the journal was signed before a secret was masked in it, and not since.'] });
  const later = proof.hashes.length - signed.events;
  const what = `${checked.owner === undefined ? 'a valid signature' : `signed by ${checked.owner}`}, ${checked.key}, of ${later === 0 ? 'all' : 'the first'} ${signed.events} events`;
  const unproved = [
    ...(checked.owner === undefined ? ['Whose key signed it: give the keys that you trust with --allowed-signers FILE.'] : []),
    ...(later > 0 ? [`Who vouches for the last ${later === 1 ? 'event' : `${later} events`}: recorded after the journal was signed.`] : []),
  ];
  return { proved: [{ part: 'signature', what }], wrong, unproved, whole: later === 0 && checked.owner !== undefined };
}

function nothing(found: Partial<Signed>): Signed {
  return { proved: [], wrong: [], unproved: [], whole: false, ...found };
}
