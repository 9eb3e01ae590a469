/** Who may call: only a client on this machine that has the sandbox's own access key id. */

import { engineName } from '../../runtime/account.ts';
import type { Request } from './protocol.ts';
import { refuse } from './refusal.ts';

/** What the signature of a request says of it. The signature itself is not checked: the key id is the secret, and no request leaves the machine. */
export type Scope = { readonly keyId: string; readonly region: string; readonly signingName: string };

/** Names under which a client on this machine reaches the control plane; any other would be a web page that was made to call it. */
const loopback = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/;

/** True if the Host header names this machine. */
export function isLocal(request: Request): boolean {
  return loopback.test(request.headers.host ?? '');
}

/** The scope that the request is signed for, or undefined where there is no signature of the known form. */
export function scopeOf(request: Request): Scope | undefined {
  const credential = /^AWS4-HMAC-SHA256 .*?Credential=([^,\s]+)/.exec(request.headers.authorization ?? '')?.[1];
  const [keyId, , region, signingName, end, ...rest] = credential?.split('/') ?? [];
  if (keyId === undefined || region === undefined || signingName === undefined || end !== 'aws4_request' || rest.length > 0) return undefined;
  if (!/^[a-z0-9-]{1,40}$/.test(region)) return undefined;
  return { keyId, region, signingName };
}

/** True for a call of the engine itself, which is no part of what is rehearsed. */
export function isEngine(request: Request): boolean {
  return String(request.headers['user-agent'] ?? '')
    .split(' ')
    .includes(`app/${engineName}`);
}

/** Refuses every key id but the sandbox's own, in the words that AWS has in each protocol. */
export function checkKey(scope: Scope, keyId: string, request: Request): void {
  if (scope.keyId === keyId) return;
  const query = request.headers['x-amz-target'] === undefined && request.headers['smithy-protocol'] === undefined;
  refuse(query ? 'InvalidClientTokenId' : 'UnrecognizedClientException', 'The security token included in the request is invalid.');
}
