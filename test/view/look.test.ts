import { expect, test } from 'vitest';
import { lookOf, stageBanner } from '../../engine/view/look.ts';
import { production, staging } from './sample.ts';

test('the banner tells stages apart without colour: sandbox, ask and typed', () => {
  const look = lookOf({ columns: 80, rows: 24 }, { colour: false, unicode: true });
  expect(stageBanner({ ...staging, sandbox: true }, 'local', look)).toBe('[ LOCAL, a sandbox ]');
  expect(stageBanner(staging, 'staging', look)).toBe('[ STAGING ]');
  expect(stageBanner(production, 'production', look)).toBe('■■■ [ PRODUCTION ] ■■■');
});
