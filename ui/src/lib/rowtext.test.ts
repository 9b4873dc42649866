import { describe, expect, it } from 'vitest';

import { asCsv, asInsert, asJson, unfolded } from './rowtext';

const columns = [
  { name: 'id', type_name: 'text', kind: 'text' as const },
  { name: 'unitPrice', type_name: 'numeric', kind: 'money' as const },
  { name: 'data', type_name: 'jsonb', kind: 'document' as const },
  { name: 'active', type_name: 'boolean', kind: 'truth' as const },
  { name: 'note', type_name: 'text', kind: 'text' as const },
];
const values = ['O\'Hara, "x"', '12345678901234567890.10', '{"n": 1.10}', 't', null];

describe('a row as text', () => {
  it('is CSV in which NULL and the empty text are told apart', () => {
    expect(asCsv(columns, values)).toBe(
      'id,unitPrice,data,active,note\r\n"O\'Hara, ""x""",12345678901234567890.10,"{""n"": 1.10}",t,\r\n',
    );
    expect(asCsv(columns.slice(0, 1), [''])).toBe('id\r\n""\r\n');
  });

  it('is JSON with all digits of its numbers', () => {
    expect(asJson(columns, values)).toBe(
      '{\n  "id": "O\'Hara, \\"x\\"",\n  "unitPrice": 12345678901234567890.10,\n  "data": {"n": 1.10},\n  "active": true,\n  "note": null\n}\n',
    );
    expect(asJson(columns.slice(1, 2), ['NaN'])).toBe('{\n  "unitPrice": "NaN"\n}\n');
  });

  it('is a statement whose values cannot end it', () => {
    expect(asInsert('public.sales"Order', columns, values)).toBe(
      `INSERT INTO "public"."sales""Order" ("id", "unitPrice", "data", "active", "note")
VALUES ('O''Hara, "x"', '12345678901234567890.10', '{"n": 1.10}', 't', NULL);
`,
    );
  });
});

describe('JSON', () => {
  it('is unfolded without a digit lost', () => {
    expect(unfolded('{"a":[1.10,{}],"b,":"x\\"{"}')).toBe(
      '{\n  "a": [\n    1.10,\n    {}\n  ],\n  "b,": "x\\"{"\n}',
    );
  });
});
