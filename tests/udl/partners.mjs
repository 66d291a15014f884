// JPN and USA at once, over every record type that the official client knows: the same calls, each one's own answers.
import assert from 'node:assert/strict';
import { connect, everything, exchange, methods, Udl } from './client.mjs';
import { moment, RESTRICTION, Types } from './bodies.mjs';
import { done, test } from './tap.mjs';

const PARTNERS = ['USA', 'JPN'];
const PAGED = 230, PAGE = 50, THOUSANDS = 2500; // records that the pager walks; of the types in MANY thousands
const MANY = ['elset', 'eoobservation'];
const each = of => Object.fromEntries(PARTNERS.map(p => [p, of(p)]));
const nodes = each(p => methods(connect(`${p} node`)));
const operators = each(p => methods(connect(`${p} operator`)));
const auditor = methods(connect('JPN auditor'));
const document = await connect('USA node').get('/v1/openapi.json');
const types = new Types(document);

/** What each partner posts of every type, and who sees it. TS of JPN is above what the agreement releases. */
const WORLD = [
  { source: 'usa open', by: 'USA', seen: PARTNERS, classificationMarking: 'U' },
  { source: 'usa shared', by: 'USA', seen: PARTNERS, classificationMarking: 'S//REL TO USA, JPN' },
  { source: 'usa held', by: 'USA', seen: ['USA'], classificationMarking: 'S//NF', relto: { restriction: RESTRICTION } },
  { source: 'jpn open', by: 'JPN', seen: PARTNERS, classificationMarking: 'U' },
  { source: 'jpn held', by: 'JPN', seen: ['JPN'], classificationMarking: 'TS' },
];

const sourcesOf = records => records.map(r => r.source).sort();
const visible = who => WORLD.filter(w => w.seen.includes(who)).map(w => w.source).sort();
const look = type => ({ [exchange.types[type].query_required]: `>${moment(40 * 365 * 86400e6)}` });
const query = (type, more = {}) => exchange.types[type].query_required ? { ...look(type), ...more } : more;

/** One record by whatever way the client has: alone, in bulk, or as a feed does. */
async function post(of, type, record) {
  const single = of.get(`POST /udl/${type}`), bulk = of.get(`POST /udl/${type}/createBulk`);
  return single ? single.call(record) : bulk.call({ body: [record] });
}

async function rejected(promise, kind) {
  const error = await promise.then(() => assert.fail('nothing was refused'), e => e);
  assert.ok(error instanceof kind, `${error.constructor.name}: ${error.message}`);
  return error;
}

async function postWorld(type, idsOf) {
  const before = await Promise.all(PARTNERS.map(p => operators[p].get('GET /sm/getLatestOffset/{topic}').call(type)));
  const records = WORLD.map((w, k) => types.record(type, k, { source: w.source, relto: w.relto,
    classificationMarking: w.classificationMarking }));
  await Promise.all(records.map((record, k) => post(nodes[WORLD[k].by], type, record)));
  await Promise.all(records.map((record, k) => post(nodes[WORLD[k].by], type, record))); // a retry changes nothing
  for (const who of PARTNERS)
    for (const r of await everything(operators[who].get(`GET /udl/${type}`).call(query(type)))) idsOf.set(r.source, r.id);
  assert.equal(idsOf.size, WORLD.length);
  return before.map(Number);
}

const knows = (verb, path) => nodes.USA.has(`${verb} ${path}`);

/** The same question by both at the same time. */
async function both(verb, path, check, ...given) {
  const asked = PARTNERS.map(who => operators[who].get(`${verb} ${path}`));
  const answers = await Promise.all(asked.map(m => m.paged ? everything(m.call(...given)) : m.call(...given)));
  PARTNERS.forEach((who, i) => check(who, answers[i]));
  return answers;
}

const seesItsOwn = (who, records) => assert.deepEqual(sourcesOf(records), visible(who), who);
const countsItsOwn = (who, count) => assert.equal(Number(count), visible(who).length, who);

async function history(type, q, udl) {
  await test(`${type}: history`, () => both('GET', `${udl}/history`, seesItsOwn, q));
  await test(`${type}: counts history`, () => both('GET', `${udl}/history/count`, countsItsOwn, q));
  await test(`${type}: asks for a file of history`, () => both('GET', `${udl}/history/aodr`, () => {}, q));
}

async function reads(type) {
  const q = query(type), udl = `/udl/${type}`;
  await test(`${type}: lists`, () => both('GET', udl, seesItsOwn, q));
  await test(`${type}: counts`, () => both('GET', `${udl}/count`, countsItsOwn, q));
  await test(`${type}: tuples`, () => both('GET', `${udl}/tuple`, (who, found) => {
    seesItsOwn(who, found);
    for (const r of found) assert.deepEqual(Object.keys(r).sort(), ['classificationMarking', 'source']);
  }, { ...q, columns: 'source' }));
  if (knows('GET', `${udl}/history`)) await history(type, q, udl);
  await test(`${type}: help for queries`, async () => {
    const [one, other] = await both('GET', `${udl}/queryhelp`, () => {});
    assert.deepEqual(one, other);
    assert.ok(one.parameters.find(p => p.name === 'source').restQuerySupported);
  });
  await test(`${type}: a predicate finds what may be seen`, () => both('GET', udl, (who, found) =>
    assert.deepEqual(sourcesOf(found), visible(who).filter(s => s.includes('held')), who), { ...q, source: '*HELD*' }));
  await test(`${type}: no record where none is asked for`, () => both('GET', udl, (who, found) =>
    assert.deepEqual(found, []), { ...q, firstResult: 0, maxResults: 0 }));
}

async function single(type, idsOf) {
  await test(`${type}: a hidden record is a missing one`, async () => {
    const tell = error => JSON.stringify([error.status, { ...error.error, requestId: null, instance: null }]);
    for (const w of WORLD) for (const who of PARTNERS) {
      const get = operators[who].get(`GET /udl/${type}/{id}`);
      if (w.seen.includes(who)) {
        const record = await get.call(idsOf.get(w.source));
        for (const name of ['id', ...types.ownIds(type)]) assert.equal(record[name], idsOf.get(w.source));
        continue;
      }
      const hidden = idsOf.get(w.source), missing = `${hidden.slice(0, -4)}${hidden.endsWith('0000') ? '1111' : '0000'}`;
      const [a, b] = await Promise.all([hidden, missing].map(id => rejected(get.call(id), Udl.NotFoundError)));
      assert.equal(tell(a), tell(b).replace(missing, hidden));
    }
  });
}

async function messages(type, start) {
  await test(`${type}: messages`, async () => {
    await both('GET', '/sm/describeTopic/{topic}', (_, told) => assert.equal(told.topic, type), type);
    await Promise.all(PARTNERS.map(async (who, i) => {
      const get = operators[who].get('GET /sm/getMessages/{topic}/{offset}');
      for (const more of [{}, { maxResults: 2 }])
        seesItsOwn(who, await everything(get.call(start[i], { topic: type, ...more })));
    }));
  });
}

async function bulk(type) {
  const n = MANY.includes(type) ? THOUSANDS : PAGED, page = MANY.includes(type) ? 500 : PAGE;
  const name = k => `bulk ${k}`;
  await test(`${type}: ${n} records in bulk and through the pager`, async () => {
    const records = Array.from({ length: n }, (_, k) => types.record(type, k, { source: name(k),
      classificationMarking: k % 2 ? 'U' : 'S//NF', ...(k % 2 ? {} : { relto: { restriction: RESTRICTION } }) }));
    await nodes.USA.get(`POST /udl/${type}/createBulk`).call({ body: records });
    const expected = { USA: records, JPN: records.filter((_, k) => k % 2) };
    await both('GET', `/udl/${type}`, (who, found) => {
      assert.equal(new Set(found.map(r => r.id)).size, found.length, `${who} got records twice`);
      assert.deepEqual(sourcesOf(found), sourcesOf(expected[who]), who);
    }, query(type, { source: 'bulk*', maxResults: page }));
  });
}

async function dropped(type) {
  const drop = [...nodes.JPN.values()].find(m => m.path === `/filedrop/${exchange.types[type].filedrop}`);
  if (!drop) return;
  await test(`${type}: a feed drops records`, async () => {
    const record = types.record(type, 9, { source: 'dropped' });
    assert.ok(!await drop.call(drop.wrapsBody ? { body: [record] } : record));
    await both('GET', `/udl/${type}`, (who, found) => assert.equal(found.length, 1, who), query(type, { source: 'dropped' }));
  });
}

async function refusals(type) {
  await test(`${type}: refusals that the client can read`, async () => {
    const bad = await rejected(post(nodes.USA, type, types.record(type, 1, { nonsense: 1 })), Udl.UnprocessableEntityError);
    assert.match(bad.message, /\.nonsense: /); // all that the client shows of a refusal
    await rejected(post(auditor, type, types.record(type, 1)), Udl.PermissionDeniedError);
    const required = exchange.types[type].query_required;
    if (!required) return;
    const list = operators.JPN.get(`GET /udl/${type}`);
    const lacking = await rejected(everything(list.call({})), Udl.BadRequestError);
    assert.match(lacking.message, new RegExp(`\\b${required}\\b`));
  });
}

const postable = type => knows('POST', `/udl/${type}`) || knows('POST', `/udl/${type}/createBulk`);
for (const type of Object.keys(exchange.types).filter(postable)) {
  const idsOf = new Map();
  let start = null;
  await test(`${type}: both partners post`, async () => { start = await postWorld(type, idsOf); });
  if (start === null) continue;
  await reads(type);
  if (knows('GET', `/udl/${type}/{id}`)) await single(type, idsOf);
  await messages(type, start);
  await dropped(type);
  await refusals(type);
  if (knows('POST', `/udl/${type}/createBulk`)) await bulk(type);
}
done();
