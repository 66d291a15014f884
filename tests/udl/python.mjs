// Requests as the official client for Python writes them, by JPN and USA at once, over every type. The client itself is
// in no registry that these tests install from.
import assert from 'node:assert/strict';
import https from 'node:https';
import { zip } from './archive.mjs';
import { moment, RESTRICTION, Types } from './bodies.mjs';
import { connect, credentials, exchange } from './client.mjs';
import { ask } from './proxy.mjs';
import { done, test } from './tap.mjs';

const HEADERS = { accept: 'application/json', authorization: 'Basic dTpw', connection: 'keep-alive',
  'user-agent': 'Unifieddatalibrary/Python 2.0.0', 'x-stainless-arch': 'x64', 'x-stainless-async': 'false',
  'x-stainless-lang': 'python', 'x-stainless-os': 'Linux', 'x-stainless-package-version': '2.0.0',
  'x-stainless-read-timeout': '60', 'x-stainless-runtime': 'CPython', 'x-stainless-runtime-version': '3.11.2',
  'x-stainless-retry-count': '0' };
const JSON_BODY = { accept: '*/*', 'content-type': 'application/json' }, TEXT_BODY = { accept: '*/*', 'content-type': 'text/plain' };
const PARTNERS = ['USA', 'JPN'];

const agents = {};
for (const who of ['USA node', 'JPN node', 'USA operator', 'JPN operator'])
  agents[who] = new https.Agent({ ...credentials(who), keepAlive: true });
const document = await connect('USA node').get('/v1/openapi.json'), types = new Types(document);
const SINCE = `>${moment(40 * 365 * 86400e6)}`;

/** As Python's urllib and httpx escape: blanks as +, everything but letters, digits and -._~ in hexadecimal. */
function written(query) {
  const escape = text => encodeURIComponent(text).replace(/[!'()*]/g, c => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
  const pairs = Object.entries(query).map(([n, v]) => `${escape(n)}=${escape(String(v))}`);
  return pairs.length ? `?${pairs.join('&')}` : '';
}

function send(who, method, path, { query = {}, body = '', headers = {} } = {}) {
  return ask(agents[who], { method, path: path + written(query), body: Buffer.from(body), headers: { ...HEADERS, ...headers } });
}

/** A list by the client's pager: one more request than pages. */
async function paged(who, path, query, pages = 1) {
  const all = [];
  for (;;) {
    const { status, headers, body } = await send(who, 'GET', path, { query: all.length ? { ...query, firstResult: all.length } : query });
    assert.deepEqual([status, headers['content-type']], [200, 'application/json'], `${who}: ${path}: ${body}`);
    const page = JSON.parse(body);
    if (!page.length) return all;
    all.push(...page);
    assert.ok(page.length <= pages);
  }
}

async function messages(who, type, offset) {
  const all = [];
  for (;;) {
    const { status, headers, body } = await send(who, 'GET', `/sm/getMessages/${type}/${offset}`, { headers: { accept: '*/*' } });
    assert.equal(status, 200);
    const page = JSON.parse(body);
    if (!page.length) return all;
    all.push(...page);
    offset = Number(headers.kafka_next_offset);
  }
}

// --- every type ---

const WORLD = [
  { source: 'usa open', by: 'USA', seen: PARTNERS },
  { source: 'usa held', by: 'USA', seen: ['USA'], classificationMarking: 'S//NF', relto: { restriction: RESTRICTION } },
  { source: 'jpn open', by: 'JPN', seen: PARTNERS },
];
const visible = who => WORLD.filter(w => w.seen.includes(who)).map(w => w.source).sort();

/** The client does not read what is answered, but sends it again when there is no answer. */
async function post(type, k) {
  const { seen, by, ...more } = WORLD[k];
  const body = JSON.stringify([types.record(type, k, more)]), path = `/udl/${type}/createBulk`;
  const first = await send(`${by} node`, 'POST', path, { body, headers: JSON_BODY });
  const again = await send(`${by} node`, 'POST', path, { body, headers: { ...JSON_BODY, 'x-stainless-retry-count': '1' } });
  assert.deepEqual([first.status, again.status, again.body], [201, 201, first.body], String(first.body));
  return JSON.parse(first.body).ids[0];
}

const missing = '00000000-0000-8000-8000-000000000000';

async function everyWay(type) {
  const required = exchange.types[type].query_required, query = required ? { [required]: SINCE } : {};
  const before = await Promise.all(PARTNERS.map(p => send(`${p} operator`, 'GET', `/sm/getLatestOffset/${type}`, { headers: { accept: '*/*' } })));
  const ids = await Promise.all(WORLD.map((w, k) => post(type, k)));
  await Promise.all(PARTNERS.map(async (partner, i) => {
    const who = `${partner} operator`, path = `/udl/${type}`, wanted = visible(partner), sources = all => all.map(r => r.source).sort();
    assert.deepEqual(sources(await paged(who, path, { ...query, maxResults: 1 })), wanted);
    assert.deepEqual(sources(await paged(who, `${path}/history`, { ...query, maxResults: 2, sort: 'source,ASC' }, 2)), wanted);
    assert.deepEqual(sources(await messages(who, type, Number(before[i].body))), wanted);
    const tuple = await send(who, 'GET', `${path}/tuple`, { query: { columns: 'source,dataMode', ...query, source: '*usa *' } });
    const shown = wanted.filter(s => s.startsWith('usa'));
    assert.deepEqual(sources(JSON.parse(tuple.body)), shown);
    const count = await send(who, 'GET', `${path}/count`, { query: { ...query, source: '~jpn open' }, headers: { accept: 'text/plain' } });
    assert.deepEqual([String(count.body), count.headers['content-type'].split(';')[0]], [String(shown.length), 'text/plain']);
    const one = id => send(who, 'GET', `${path}/${id}`);
    const [held, none] = [await one(ids[1]), await one(missing)];
    assert.deepEqual([held.status, none.status], [partner === 'USA' ? 200 : 404, 404]);
    if (partner === 'JPN') assert.deepEqual(held.body, none.body);
  }));
}

for (const type of Object.keys(exchange.types)) await test(`${type}: each one's own answers`, () => everyWay(type));

// --- what is no record ---

await test('what the client sends as text, as files and without a body', async () => {
  const said = (path, more) => send('USA node', 'POST', path, more);
  const given = { dataMode: 'TEST', source: 'a snake' };
  const tle = await said('/udl/elset/createBulkFromTLE', { query: { ...given, makeCurrent: true },
    body: JSON.stringify(exchange.samples.tle), headers: JSON_BODY });
  assert.equal(tle.status, 201);
  const cdm = await said('/filedrop/cdms', { query: { classification: 'U', ...given, filename: 'a b.cdm' },
    body: exchange.samples.cdm, headers: { accept: '*/*', 'content-type': 'application/zip' } });
  const ephem = await said('/filedrop/ephem', { query: { category: 'EXTERNAL', classification: 'U', ...given, ephemFormatType: 'OEM',
    hasMnvr: false, satNo: 25544, type: 'ROUTINE' }, body: exchange.samples.OEM, headers: TEXT_BODY });
  const raw = await said('/udl/notification/createRaw', { query: { classificationMarking: 'U', ...given, msgType: 'note', origin: 'o' },
    body: 'text', headers: TEXT_BODY });
  const archive = zip({ 'a.json': JSON.stringify(types.record('gnssrawif', 9, { source: 'a snake' })), 'a.hdf5':
    Buffer.concat([Buffer.from('\x89HDF\r\n\x1a\n', 'latin1'), Buffer.from('samples')]) });
  const boundary = '0123456789abcdef0123456789abcdef';
  const form = Buffer.concat([Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="upload"\r\n` +
    'Content-Type: application/octet-stream\r\n\r\n'), archive, Buffer.from(`\r\n--${boundary}--\r\n`)]);
  const drop = await said('/filedrop/udl-gnssrawif', { body: form,
    headers: { accept: '*/*', 'content-type': `multipart/form-data; boundary=${boundary}` } });
  for (const [answer, status] of [[cdm, 202], [ephem, 202], [raw, 201], [drop, 202]]) assert.equal(answer.status, status, String(answer.body));
  for (const answer of [cdm, ephem, drop]) assert.deepEqual([answer.body.length, answer.headers['content-type']], [0, undefined]);
  for (const [type, time] of Object.entries({ elset: 'epoch', conjunction: 'tca', gnssrawif: 'startTime' })) {
    const found = await send('JPN operator', 'GET', `/udl/${type}`, { query: { [time]: '>now-20000 days', source: 'a snake' } });
    assert.deepEqual(JSON.parse(found.body).map(r => r.source), ['a snake'], type);
  }
});

for (const agent of Object.values(agents)) agent.destroy();
done();
