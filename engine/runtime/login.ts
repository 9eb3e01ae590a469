/** The credentials of a stage while a run lasts: resolved, checked against the stage's account, and renewed when they run out. */

import type { Renewal } from '../core/need.ts';
import { Fault } from '../fault.ts';
import { type Access, askCaller, type Caller } from './account.ts';
import { type Credentials, type CredentialsSource, endpointOf, profileOf, resolveCredentials } from './credentials.ts';
import { credentialsEnvironment, endpointEnvironment, regionEnvironment, renewalEnvironment } from './stage-environment.ts';

/** What the next step is, as far as it decides what has to be sure before it. */
export type Upcoming = { readonly changes: boolean; readonly timeoutMs: number };

/** For how long an answer of STS about the same credentials is good enough for a step that changes nothing. */
const trustMs = 5 * 60_000;

/** What ends sooner is as good as over: a call takes its time. */
const marginMs = 60_000;

/** A login at AWS. It lives as long as the engine works on a run. */
export class AwsLogin {
  readonly #stage: string;
  readonly #account: string;
  readonly #source: CredentialsSource;
  readonly #endpoint: string | undefined;
  readonly #secrets = new Set<string>();
  #credentials: Credentials;
  #answer: { readonly caller: Caller; readonly at: number } | undefined;

  private constructor(stage: string, account: string, opened: { source: CredentialsSource; endpoint: string | undefined; credentials: Credentials }) {
    this.#stage = stage;
    this.#account = account;
    this.#source = opened.source;
    this.#endpoint = opened.endpoint;
    this.#credentials = opened.credentials;
    this.#keep(opened.credentials);
  }

  /**
   * Resolves the credentials and asks whose they are.
   * @throws Fault `preflight` when there are none, nobody answers, or the account is another one.
   */
  static async open(stage: string, account: string, source: CredentialsSource): Promise<AwsLogin> {
    const [credentials, endpoint] = await Promise.all([resolveCredentials(source), endpointOf(source)]);
    const login = new AwsLogin(stage, account, { source, endpoint, credentials });
    login.#refuseOther(await login.#ask());
    return login;
  }

  /** Whom AWS takes the steps for, as it was last asked. */
  get caller(): Caller | undefined {
    return this.#answer?.caller;
  }

  get region(): string {
    return this.#source.region;
  }

  /** What calls of the engine itself are made with. */
  get access(): Access {
    return { credentials: this.#credentials, region: this.#source.region, endpoint: this.#endpoint };
  }

  /** Every secret value that there was, for the redactor. */
  get secrets(): readonly string[] {
    return [...this.#secrets];
  }

  /** What every attempt gets now. */
  get environment(): Readonly<Record<string, string>> {
    return {
      ...regionEnvironment(this.#source.region),
      ...credentialsEnvironment(this.#credentials),
      ...renewalEnvironment(profileOf(this.#source), this.#account, this.#source.environment),
      ...endpointEnvironment(this.#endpoint),
    };
  }

  /**
   * Makes sure that the credentials are good for the next step, and resolves them anew where they are not. Gives what the operator has to
   * renew, where that is what it takes.
   * @throws Fault `preflight` when they belong to another account.
   */
  async check(upcoming: Upcoming): Promise<Renewal | undefined> {
    try {
      await this.#last(upcoming);
      this.#refuseOther(await this.#caller(upcoming));
      return undefined;
    } catch (error) {
      if (!(error instanceof Fault) || error instanceof OtherAccount) throw error;
      const profile = profileOf(this.#source);
      return { ...(profile !== undefined && { profile }), why: error.message, hint: error.hint ?? '' };
    }
  }

  /** Credentials that end before the step may: new ones last longer. Where there are none, what is left has to do for a step that only reads. */
  async #last({ changes, timeoutMs }: Upcoming): Promise<void> {
    if (!this.#endsWithin(timeoutMs)) return;
    const over = this.#endsWithin(marginMs);
    try {
      await this.#renew();
    } catch (error) {
      if (changes || over) throw error;
    }
    if (this.#endsWithin(0))
      throw new Fault('preflight', `The AWS credentials of stage ${this.#stage} have expired (${this.#credentials.expiration?.toISOString()}).`, {
        hint: renewalHint(this.#source),
      });
  }

  /** Refused credentials may have been exchanged by their owner: then the new ones are tried once. */
  async #caller({ changes }: Upcoming): Promise<Caller> {
    const fresh = this.#answer !== undefined && Date.now() - this.#answer.at < trustMs;
    if (this.#answer !== undefined && fresh && !changes) return this.#answer.caller;
    try {
      return await this.#ask();
    } catch {
      await this.#renew();
      return this.#ask();
    }
  }

  async #ask(): Promise<Caller> {
    const caller = await askCaller(this.access);
    this.#answer = { caller, at: Date.now() };
    return caller;
  }

  async #renew(): Promise<void> {
    const credentials = await resolveCredentials(this.#source);
    if (credentials.accessKeyId !== this.#credentials.accessKeyId) this.#answer = undefined;
    this.#credentials = credentials;
    this.#keep(credentials);
  }

  #keep({ secretAccessKey, sessionToken }: Credentials): void {
    this.#secrets.add(secretAccessKey);
    if (sessionToken !== undefined) this.#secrets.add(sessionToken);
  }

  #endsWithin(ms: number): boolean {
    const { expiration } = this.#credentials;
    return expiration !== undefined && expiration.getTime() - Date.now() <= ms;
  }

  #refuseOther({ account, arn }: Caller): void {
    if (account === this.#account) return;
    const profile = profileOf(this.#source);
    const look = `aws sts get-caller-identity${profile === undefined ? '' : ` --profile ${profile}`}`;
    throw new OtherAccount(
      'preflight',
      `Stage ${this.#stage} is the AWS account ${this.#account}, and these credentials belong to ${account} (${arn}). Nothing was sent.`,
      { hint: `Look with: ${look}. The stage's own account and profile stand in runbook.yaml under stages.${this.#stage}.aws.` },
    );
  }
}

/** Not to be renewed but to be understood. */
class OtherAccount extends Fault {}

function renewalHint(source: CredentialsSource): string {
  const profile = profileOf(source);
  return profile === undefined
    ? 'Put new ones into the environment of the engine and start it again.'
    : `Renew them in another terminal, as you got them: aws sso login --profile ${profile}, or your own way.`;
}
