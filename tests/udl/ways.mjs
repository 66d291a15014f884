// The ways of the official client beside plain records: element sets as lines, messages and archives as files, exports,
// what is current, new versions, parts of records.
import assert from 'node:assert/strict';
import { File } from 'node:buffer';
import { zip } from './archive.mjs';
import { moment, RESTRICTION, Types } from './bodies.mjs';
import { connect, everything, exchange, methods, Udl } from './client.mjs';
import { done, test } from './tap.mjs';

const jpn = connect('JPN operator'), usa = connect('USA operator'), node = connect('USA node'), other = connect('JPN node');
const document = await node.get('/v1/openapi.json'), types = new Types(document);
const writers = methods(node), foreign = methods(other), operators = { USA: methods(usa), JPN: methods(jpn) };
const SINCE = `>${moment(40 * 365 * 86400e6)}`;
const HELD = { classificationMarking: 'S//NF', relto: { restriction: RESTRICTION } };
const has = (verb, path) => Boolean(document.paths[path]?.[verb]);
const missing = promise => assert.rejects(async () => { await promise; }, Udl.NotFoundError);
const bothSee = async (ask, check) => (await Promise.all([usa, jpn].map(ask))).forEach(check);

// --- element sets ---

await test('element sets are taken as lines', async () => {
  const text = exchange.samples.tle;
  await node.elsets.createBulkFromTle({ dataMode: 'TEST', makeCurrent: true, source: 'lines', body: text });
  await bothSee(c => everything(c.elsets.list({ epoch: SINCE }, { query: { epoch: SINCE, source: 'lines' } })), found => {
    assert.equal(found.length, 1);
    assert.equal(found[0].classificationMarking, 'U');
    assert.equal(found[0].idElset, found[0].id);
    assert.equal(`${found[0].line1}\n${found[0].line2}\n`, text);
  });
});

await test('element sets that are none are refused by their line', () => assert.rejects(
  async () => { await node.elsets.createBulkFromTle({ dataMode: 'TEST', makeCurrent: true, source: 'lines', body: '1 x\n2 y' }); },
  error => error instanceof Udl.UnprocessableEntityError && /line 1/.test(error.message)));

await test('what is current is so among what is seen', async () => {
  for (const [k, more] of [{ source: 'older' }, { source: 'newer', ...HELD }].entries())
    await node.elsets.create(types.record('elset', 2 - k, { satNo: 40001, ...more }));
  const current = c => everything(c.elsets.current.list({}, { query: { satNo: '40001' } }));
  const sources = await Promise.all([usa, jpn].map(async c => (await current(c)).map(r => r.source)));
  assert.deepEqual(sources, [['newer'], ['older']]);
  const tuples = await jpn.elsets.current.tuple({ columns: 'source' }, { query: { columns: 'source', satNo: '40001' } });
  assert.deepEqual(tuples.map(t => t.source), ['older']);
  assert.deepEqual(await jpn.elsets.queryCurrentElsetHelp(), await jpn.elsets.queryhelp());
});

// --- files ---

const message = { classification: 'U', dataMode: 'TEST', filename: 'one.cdm', source: 'messages' };
const conjunctions = (c, source) => everything(c.conjunctions.list({ tca: SINCE }, { query: { tca: SINCE, source } }));

await test('a conjunction data message is taken as it is', async () => {
  await node.conjunctions.uploadConjunctionDataMessage(new File([exchange.samples.cdm], 'one.cdm'), message);
  await bothSee(c => conjunctions(c, 'messages'), found => assert.equal(found.length, 1));
});

await test('conjunction data messages are taken in an archive', async () => {
  const archive = new File([zip({ 'a.cdm': exchange.samples.cdm })], 'all.zip');
  await node.conjunctions.uploadConjunctionDataMessage(archive, { ...message, source: 'archived', filename: 'all.zip' });
  await bothSee(c => conjunctions(c, 'archived'), found => assert.equal(found.length, 1));
});

for (const form of ['ModITC', 'OEM']) await test(`an ephemeris is taken as ${form}, and fetched as it was`, async () => {
  const body = exchange.samples[form];
  await node.ephemeris.fileUpload({ category: 'EXTERNAL', classification: 'U', dataMode: 'TEST', ephemFormatType: form,
    hasMnvr: false, satNo: 25544, source: form, type: 'ROUTINE', body });
  await bothSee(c => everything(c.ephemerisSets.list({}, { query: { source: form } })), found => assert.equal(found.length, 1));
  const [{ id, numPoints }] = await everything(jpn.ephemerisSets.list({}, { query: { source: form } }));
  assert.equal(await (await jpn.ephemerisSets.fileRetrieve(id)).text(), body);
  assert.equal((await everything(jpn.ephemeris.list({ esId: id }))).length, numPoints);
});

await test('samples of a receiver are uploaded, and fetched by who may', async () => {
  const samples = Buffer.concat([Buffer.from('\x89HDF\r\n\x1a\n', 'latin1'), Buffer.from('samples')]);
  const upload = async more => node.gnssRawIf.uploadZip({ file: new File([zip({
    'a.json': JSON.stringify(types.record('gnssrawif', 1, more)), 'a.hdf5': samples })], 'a.zip') });
  await upload({ source: 'samples' });
  await upload({ source: 'held samples', ...HELD });
  const list = c => everything(c.gnssRawIf.list({ startTime: SINCE }, { query: { startTime: SINCE, source: '*samples*' } }));
  const [ours, theirs] = [await list(usa), await list(jpn)];
  assert.deepEqual([ours.length, theirs.length], [2, 1]);
  for (const record of ours) {
    const response = await usa.gnssRawIf.fileGet(record.id);
    assert.deepEqual(Buffer.from(await response.arrayBuffer()), samples);
    if (record.source === 'held samples') await missing(jpn.gnssRawIf.fileGet(record.id));
    else assert.equal((await jpn.gnssRawIf.fileGet(record.id)).status, 200);
  }
});

await test('a file of history is asked for, and fetched where the answer says', async () => {
  const asked = await jpn.elsets.history.aodr({ epoch: SINCE, outputFormat: 'CSV', outputDelimiter: ';' },
    { query: { epoch: SINCE, outputFormat: 'CSV', outputDelimiter: ';', source: 'older,newer' } }).asResponse();
  assert.equal(asked.status, 202);
  const text = await (await jpn.get(`${asked.headers.get('location')}/file`).asResponse()).text();
  assert.match(text, /older/);
  assert.doesNotMatch(text, /newer/);
});

if (has('post', '/udl/notification/createRaw')) await test('a notification is taken as it stands', async () => {
  await node.notification.createRaw({ classificationMarking: 'U', dataMode: 'TEST', msgType: 'note', origin: 'here',
    source: 'raw', body: '{"a": [1, 2.50]}' });
  await bothSee(c => everything(c.notification.list({ createdAt: SINCE }, { query: { createdAt: SINCE, source: 'raw' } })),
    found => assert.deepEqual(found.map(r => r.msgType), ['note']));
});

// --- parts ---

/** A type whose records hold a list, the list, the type of its elements, and the member that asks for them. */
const PARTS = [['ephemerisset', 'ephemerisList', 'ephemeris', 'esId'], ['h3geo', 'cells', 'h3geohexcell', 'idH3Geo']];

for (const [type, list, part, by] of PARTS) await test(`${part}: parts are seen with their record`, async () => {
  const whole = (source, more) => types.record(type, 1, { source, ...more,
    [list]: [types.value(types.schema(type).properties[list])[0]] });
  for (const record of [whole('parts'), whole('held parts', HELD)]) await writers.get(`POST /udl/${type}`).call(record);
  const required = exchange.types[type].query_required, q = required ? { [required]: SINCE } : {};
  const sets = await everything(operators.USA.get(`GET /udl/${type}`).call({ ...q, source: '*parts' }));
  assert.equal(sets.length, 2);
  for (const { id, source } of sets) {
    const seen = { USA: 1, JPN: source === 'parts' ? 1 : 0 };
    for (const [who, n] of Object.entries(seen)) {
      assert.equal((await everything(operators[who].get(`GET /udl/${part}`).call({ [by]: id }))).length, n, `${who}: ${source}`);
      assert.equal(await operators[who].get(`GET /udl/${part}/count`).call({ [by]: id }), String(n));
      const tuple = await operators[who].get(`GET /udl/${part}/tuple`).call({ [by]: id, columns: by });
      assert.deepEqual(tuple.map(t => t[by]), Array(n).fill(id));
    }
  }
});

// --- versions ---

async function newVersions(type, client, sight) {
  const m = { create: client.get(`POST /udl/${type}`), list: sight.get(`GET /udl/${type}`) };
  const update = who => [...who].find(([k]) => k.startsWith(`PUT /udl/${type}/{`))[1];
  const required = exchange.types[type].query_required, q = required ? { [required]: SINCE } : {};
  const body = (source, more) => types.record(type, 3, { source, ...more });
  await m.create.call(body('first'));
  const found = (await everything(m.list.call({ ...q, source: 'first' }))).at(0).id;
  const sources = () => Promise.all(['USA', 'JPN'].map(async p => (await operators[p].get(`GET /udl/${type}/{id}`).call(found)).source));
  await update(client).call(found, { ...body('second', HELD), body_id: 'OWN-NAME' }); // as the client calls it in a body
  assert.equal((await operators.USA.get(`GET /udl/${type}/{id}`).call(found)).clientId, 'OWN-NAME');
  assert.deepEqual(await sources(), ['second', 'first']);
  await missing(update(foreign).call(found, body('not mine')));
  await update(client).call(found, body('third'));
  assert.deepEqual(await sources(), ['third', 'third']);
  const remove = client.get(`DELETE /udl/${type}/{id}`);
  if (!remove) return;
  await missing(foreign.get(`DELETE /udl/${type}/{id}`).call(found));
  await remove.call(found);
  for (const p of ['USA', 'JPN']) await missing(operators[p].get(`GET /udl/${type}/{id}`).call(found));
}

for (const type of Object.keys(exchange.types).filter(t => has('put', `/udl/${t}/{id}`)))
  await test(`${type}: a new version takes the place of the one before, for who may see it`, () =>
    newVersions(type, writers, operators.USA));

done();
