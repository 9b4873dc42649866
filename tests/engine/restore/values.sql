CREATE TYPE public.colour AS ENUM ('red', 'dark green', 'it''s "blue"');
CREATE TYPE public.measure AS (amount numeric, unit text);
CREATE DOMAIN public.percent AS numeric(7, 4) CHECK (VALUE BETWEEN 0 AND 100);
CREATE TABLE public.value (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    "companyId" text NOT NULL REFERENCES public.company (id),
    a_numeric numeric, a_scaled numeric(20, 5), a_real real, a_double double precision, a_small smallint, a_big bigint,
    a_text text, a_varchar varchar(40), a_char char(6), a_name name, a_single "char", a_bool boolean,
    a_stamp timestamp, a_stamptz timestamptz, a_date date, a_time time, a_timetz timetz, an_interval interval,
    a_json json, a_jsonb jsonb, a_bytea bytea, a_uuid uuid, an_inet inet, a_cidr cidr, a_mac macaddr,
    a_bit bit(5), a_varbit varbit, a_point point, a_box box, a_money money, an_xml xml,
    a_colour public.colour, colours public.colour[], a_measure public.measure, a_percent public.percent,
    texts text[], numbers integer[], reals real[], a_range int4range, a_tsrange tstzrange, a_multi nummultirange,
    a_vector tsvector, a_query tsquery, a_path jsonpath,
    doubled numeric GENERATED ALWAYS AS (a_numeric * 2) STORED
);
INSERT INTO public.value ("companyId", a_numeric, a_scaled, a_real, a_double, a_small, a_big, a_text, a_varchar, a_char, a_name,
    a_single, a_bool, a_stamp, a_stamptz, a_date, a_time, a_timetz, an_interval, a_json, a_jsonb, a_bytea, a_uuid, an_inet, a_cidr,
    a_mac, a_bit, a_varbit, a_point, a_box, a_money, an_xml, a_colour, colours, a_measure, a_percent, texts, numbers, reals, a_range,
    a_tsrange, a_multi, a_vector, a_query, a_path) VALUES
('acme', 12345678901234567890123456789.000000000012300, 0.10000, '1e-45', '5e-324', -32768, 9223372036854775807,
    E'tab\t newline\n return\r back\\slash \b\f\x0b \\N \\. end', 'two words', 'ab', 'a name', 'x', true,
    '2026-02-28 23:59:59.999999', '2026-03-29 01:30:00.000001+00', '2024-02-29', '24:00:00', '12:00:00.5+05:30',
    '1 year -2 mons 3 days -04:05:06.000007', '{"a" :  1, "a": 2,  "n": 1.10}', '{"b": null, "n": 1.10, "big": 123456789012345678901234567890}',
    '\x00ff5c6e0a', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '10.1.2.3/8', '10.0.0.0/8', '08:00:2b:01:02:03', B'10110', B'', '(1.5,-0)',
    '(2,2),(1,1)', 1234.56, '<a b="c">d &amp; e</a>', 'it''s "blue"', '{red,"dark green",NULL}', '(1.50,"kg, net")', 12.3456,
    ARRAY['a,b', '"quoted"', NULL, '', 'NULL', E'x\\y', '{}'], '[0:2]={1,2,3}', '{1.1,-0,NaN}', '[1,10)',
    '["2026-01-01 00:00:00+00",infinity)', '{[1,2),[5,7]}', 'a:1A fat:2B cat', 'fat & (rat | cat)', '$.a[*] ? (@ > 1)'),
('acme', 'NaN', NULL, '-0', 'NaN', 0, -1, '', '', '', '', '', false, 'infinity', '-infinity', '-infinity', '00:00:00',
    '00:00:00-12', '0', 'null', 'null', '', NULL, '::1', '::/0', NULL, NULL, B'1', NULL, NULL, -0.01, '', 'red', '{}', '(,)', 0,
    '{}', '{{1,2},{3,4}}', '{Infinity}', 'empty', 'empty', '{}', '', NULL, '$'),
('acme', 'Infinity', 99999.99999, '3.4028235e38', '-Infinity', 7, 7, 'Ünïcødé — 漢字 🚀 ' || chr(1) || chr(127) || chr(8232),
    repeat('é', 40), 'éé', 'e', 'é', NULL, '0044-03-15 12:00:00 BC', '4713-01-01 00:00:00+00 BC', '5874897-12-31', '12:34:56.789',
    NULL, '178000000 years', '"\u00e9"', '["x", {"y": [1, 2.50, true, null]}]', decode(repeat('ab', 100000), 'hex'), NULL, NULL, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '(,5)', NULL, NULL, NULL, NULL, NULL),
('acme', -0.000, -0.00001, '0.1', 0.1, NULL, NULL, repeat('long ', 400000), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    NULL, '[ 1 , 2 ]', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL),
('bolt', 1, 1, 1, 1, 1, 1, 'theirs', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
CREATE SCHEMA oracle;
CREATE TABLE oracle.value AS SELECT v.id, v::text AS row FROM public.value AS v;
