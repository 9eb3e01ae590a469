/** Where the CLI gives a command other names or options than the API has. */

import type { Parameter } from './service.ts';

/** Commands of the API that the CLI does not have, and what it has instead. */
export const replacedCommands: ReadonlyMap<string, string> = new Map([
  ['rds modify-option-group', 'The CLI splits it into add-option-to-option-group and remove-option-from-option-group.'],
]);

/** Commands that the CLI makes up and that a block may not use, with the reason. */
export const refusedCommands: ReadonlyMap<string, string> = new Map([['rds generate-db-auth-token', 'It calls no service and prints a password.']]);

/** Options that only the CLI knows, and what to do instead. */
export const refusedOptions: ReadonlyMap<string, string> = new Map([
  ['source-region', 'Leave it out: the Region is read from the ARN of what is copied.'],
]);

/** Commands of the CLI for operations that have another name in the API. */
export function extraCommands(service: string): readonly (readonly [string, string])[] {
  if (service !== 'rds') return [];
  return [
    ['add-option-to-option-group', 'ModifyOptionGroup'],
    ['remove-option-from-option-group', 'ModifyOptionGroup'],
  ];
}

/** The parameters of a command by the options that the CLI gives them. */
export function customise(command: string, parameters: readonly Parameter[]): ReadonlyMap<string, Parameter> {
  return byOption(change(command, parameters));
}

function change(command: string, parameters: readonly Parameter[]): readonly Parameter[] {
  switch (command) {
    case 'sns subscribe':
      return rename(parameters, 'endpoint', 'notification-endpoint');
    case 'rds add-option-to-option-group':
      return rename(without(parameters, 'options-to-remove'), 'options-to-include', 'options');
    case 'rds remove-option-from-option-group':
      return rename(without(parameters, 'options-to-include'), 'options-to-remove', 'options');
    case 'cloudwatch put-metric-data':
      return [...parameters, ...ofOneMetric(parameters)];
    default:
      return parameters;
  }
}

/** One metric can be given by options of its own, in place of the list. */
function ofOneMetric(parameters: readonly Parameter[]): readonly Parameter[] {
  const metric = parameters.find(({ member }) => member === 'MetricData')?.shape.getValueSchema();
  const names = ['metric-name', 'timestamp', 'unit', 'value', 'dimensions', 'statistic-values', 'storage-resolution'];
  return names.flatMap((option) => {
    const member = option.replace(/(^|-)([a-z])/g, (_, __, letter: string) => letter.toUpperCase());
    const shape = metric?.getMemberSchema(member);
    if (shape === undefined) return [];
    return [{ option, member, shape, required: false, within: 'MetricData', ...(option === 'dimensions' && { pairs: true as const }) }];
  });
}

function rename(parameters: readonly Parameter[], from: string, to: string): readonly Parameter[] {
  return parameters.map((parameter) => (parameter.option === from ? { ...parameter, option: to } : parameter));
}

function without(parameters: readonly Parameter[], option: string): readonly Parameter[] {
  return parameters.filter((parameter) => parameter.option !== option);
}

function byOption(parameters: readonly Parameter[]): ReadonlyMap<string, Parameter> {
  return new Map(parameters.map((parameter) => [parameter.option, parameter]));
}
