/** Answers the engine, which looks at the faults of a sandbox and switches them. */

import { z } from 'zod';
import { messageOf } from '../../../fault.ts';
import type { World } from '../action.ts';
import { tidyFaults } from './ends.ts';
import { type FaultStatus, faultList, isFault, isOn } from './faults.ts';
import type { FaultSessions } from './sessions.ts';
import { switchOff, switchOn } from './switch.ts';

const wish = z.object({ name: z.string(), on: z.boolean(), table: z.string().optional() });

/** Answers: the faults as they are, after what was asked for was done. An empty body asks for nothing. */
export async function answerFaults(world: World, sessions: FaultSessions, body: string): Promise<{ status: number; body: string }> {
  try {
    await tidyFaults(world, sessions);
    if (body !== '') {
      const { name, on, table } = wish.parse(JSON.parse(body));
      if (!isFault(name)) throw new Error(`There is no fault "${name}". There are: ${faultList.map((each) => each.name).join(', ')}`);
      if (on) await switchOn({ world, sessions }, name, { table });
      else await switchOff({ world, sessions }, name);
    }
    const all: FaultStatus[] = faultList.map((entry) => ({ ...entry, on: isOn(world.state, entry.name) }));
    return { status: 200, body: JSON.stringify(all) };
  } catch (error) {
    return { status: 400, body: messageOf(error) };
  }
}
