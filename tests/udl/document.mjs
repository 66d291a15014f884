// /v1/openapi.json, by a validator that knows nothing of the exchange; and what is posted and answered, by its schemas.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Types } from './bodies.mjs';
import { connect, exchange } from './client.mjs';
import { done, test } from './tap.mjs';

const require = createRequire(`${process.env.UDL_MODULES}/package.json`);
const { Validator } = await import(pathToFileURL(require.resolve('@seriousme/openapi-schema-validator')));
const Ajv = require('ajv/dist/2020').default, addFormats = require('ajv-formats').default;

const node = connect('USA node');
const document = await node.get('/v1/openapi.json'), types = new Types(document);
const OWN = /^x-/; // keywords that OpenAPI leaves to whoever writes a document

await test('the document is OpenAPI 3.1, and its references lead somewhere', async () => {
  const { valid, errors } = await new Validator().validate(structuredClone(document));
  assert.ok(valid, JSON.stringify(errors, null, 1));
});

await test('what stands in braces in a path is described, and nothing is twice', () => {
  for (const [path, verbs] of Object.entries(document.paths)) for (const [verb, { parameters = [] }] of Object.entries(verbs)) {
    const told = parameters.map(p => types.resolve(p)), names = told.map(p => `${p.in} ${p.name}`);
    const inPath = told.filter(p => p.in === 'path').map(p => `{${p.name}}`);
    assert.deepEqual(inPath.sort(), (path.match(/\{\w+\}/g) ?? []).sort(), `${verb} ${path}`);
    assert.equal(new Set(names).size, names.length, `${verb} ${path}: ${names}`);
  }
});

/** What JSON Schema 2020-12 has not, but the document uses. */
const keywords = new Set();
JSON.stringify(document, (key, value) => { if (OWN.test(key)) keywords.add(key); return value; });
const ajv = addFormats(new Ajv({ strict: true, strictTypes: false, allErrors: true, keywords: [...keywords, 'components', 'schemas'] }));
ajv.addSchema({ $id: 'exchange', components: document.components }, 'exchange', undefined, false);

function check(type, value) {
  const validate = ajv.compile({ $ref: `exchange#/components/schemas/${type}` });
  assert.ok(validate(value), JSON.stringify(validate.errors, null, 1));
  return validate;
}

/** With every member that a poster has a say in, but its own names of the id. */
function whole(type) {
  const { properties } = types.schema(type), exempt = ['classificationMarking', 'dataMode', 'id', 'relto', ...types.ownIds(type)];
  exempt.push(exchange.types[type].time_field);
  const names = Object.keys(properties).filter(n => !properties[n].readOnly && !exempt.includes(n));
  return types.record(type, 7, Object.fromEntries(names.map(n => [n, types.value(properties[n])])));
}

for (const type of Object.keys(exchange.types)) await test(`${type}: what is posted and answered is as described`, async () => {
  const record = whole(type);
  check(type, record);
  const { id } = await node.post(`/v1/${type}`, { body: record });
  const found = await node.get(`/v1/${type}/${id}`), validate = check(type, found);
  for (const [name, schema] of Object.entries(types.schema(type).properties)) {
    const kind = types.resolve(schema).type;
    if (name !== 'relto') assert.ok(!validate({ ...found, [name]: kind === 'object' ? 7 : {} }), name);
  }
  assert.ok(!validate({ ...found, noSuchMember: 1 }));
});

done();
