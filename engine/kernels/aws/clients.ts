/** The clients of the AWS SDK that a block can use. Each is a large module, so it is loaded only when a block needs it. */

import { type Shape, shapeOf } from '../../runtime/aws-shape.ts';

/** What the module of a client exports. What stands under a name is known from how the SDK is generated, not from a type. */
type Exports = Readonly<Record<string, unknown>>;

/** The schemas of an operation. Those of one client are thousands, so each is looked at when it is needed. */
export type OperationShapes = { readonly input: () => Shape; readonly output: () => Shape };

/** The client of a service. */
export type ServiceClient = {
  readonly exports: Exports;
  readonly className: string;
  readonly operations: ReadonlyMap<string, OperationShapes>;
  /** True where answers are XML: their times are texts with their own offset, and errors have a code of their own. */
  readonly speaksXml: boolean;
};

type Source = { readonly className: string; readonly speaksXml: boolean; readonly load: () => Promise<Exports> };

const sources: ReadonlyMap<string, Source> = new Map<string, Source>([
  ['rds', { className: 'RDSClient', speaksXml: true, load: () => import('@aws-sdk/client-rds') }],
  ['secretsmanager', { className: 'SecretsManagerClient', speaksXml: false, load: () => import('@aws-sdk/client-secrets-manager') }],
  ['cloudwatch', { className: 'CloudWatchClient', speaksXml: false, load: () => import('@aws-sdk/client-cloudwatch') }],
  ['sns', { className: 'SNSClient', speaksXml: true, load: () => import('@aws-sdk/client-sns') }],
  ['sts', { className: 'STSClient', speaksXml: true, load: () => import('@aws-sdk/client-sts') }],
]);

/** The services that a block can name. */
export const serviceNames: readonly string[] = [...sources.keys()];

/** The client of a service, undefined when a block cannot call it. */
export async function loadClient(service: string): Promise<ServiceClient | undefined> {
  const source = sources.get(service);
  if (source === undefined) return undefined;
  const { className, speaksXml, load } = source;
  const exports = await load();
  return { exports, className, speaksXml, operations: new Map(Object.values(exports).flatMap(shapesOf)) };
}

/** Name and shapes of what is an operation's schema: `[9, namespace, name, traits, input, output]`. */
function shapesOf(exported: unknown): [string, OperationShapes][] {
  if (!Array.isArray(exported) || exported[0] !== 9) return [];
  const [, , name, , input, output] = exported;
  return [[String(name), { input: () => shapeOf(input), output: () => shapeOf(output) }]];
}
