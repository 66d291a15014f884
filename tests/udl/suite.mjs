// The official client's own suite, aimed at the exchange through a proxy that presents a certificate.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect, methods, Udl } from './client.mjs';
import { Types } from './bodies.mjs';
import { cases, TYPES } from './cases.mjs';
import { ask, Proxy } from './proxy.mjs';
import { REASONS, reason, seeded } from './reasons.mjs';
import { done, test } from './tap.mjs';

const README = new URL('README.md', import.meta.url), BEGIN = '<!-- counted by suite.mjs -->\n', END = '<!-- end -->\n';
const WHO = 'USA node';

const proxy = new Proxy(WHO), baseURL = await proxy.start();
const client = new Udl({ username: 'My Username', password: 'My Password', baseURL, logLevel: 'off' });
const known = methods(client);
const document = await connect(WHO).get('/v1/openapi.json'), types = new Types(document);
const seeder = methods(connect(WHO));
let seeds = 0;

/** What an official test does with a call. */
async function official({ key, form, args }) {
  const call = () => known.get(key).call(...args);
  if (form === 'unknown path') return assert.rejects(async () => { await call(); }, Udl.NotFoundError);
  const promise = call();
  const raw = await promise.asResponse();
  assert.ok(raw instanceof Response);
  const response = await promise;
  assert.ok(!(response instanceof Response));
  const both = await promise.withResponse();
  assert.strictEqual(both.data, response);
  assert.strictEqual(both.response, raw);
}

/**
 * What is replaced or deleted by its name has to be there: of types that keep one id, the poster's own serves, and the
 * suite's is `id`. Each case finds one of its own.
 */
async function seed({ type, key, form }) {
  if (form === 'unknown path' || !seeded(type, key, document)) return;
  seeds += 1;
  await seeder.get(`POST /udl/${type}`).call(types.record(type, seeds, { id: 'id', source: `seed ${seeds}` }));
}

async function outcome(c) {
  await seed(c);
  const why = await official(c).then(() => null, error => error);
  return { ...c, why, reason: reason(c, document) };
}

const told = r => `${r.key} (${r.form}): ${r.why ? `fails without a reason: ${r.why.message}` : `passes, though: ${r.reason}`}`;

async function file(name, all) {
  const results = [];
  await test(`${name}, ${all.length} cases`, async () => {
    for (const c of all) results.push(await outcome(c));
    const odd = results.filter(r => Boolean(r.why) !== Boolean(r.reason));
    assert.equal(odd.length, 0, odd.map(told).join('\n'));
  });
  return results;
}

// --- the table ---

const COLUMNS = ['cases', 'pass', ...Object.keys(REASONS)];

function row(results) {
  const failed = results.filter(r => r.why);
  return [results.length, results.length - failed.length, ...Object.keys(REASONS).map(k =>
    failed.filter(r => r.reason === k).length)];
}

function table(results) {
  const of = t => results.filter(r => r.type === t);
  const rows = [...TYPES, 'messages'].map(t => [t, ...row(of(t))]);
  const line = cells => `| ${cells.map(c => c || '').join(' | ')} |\n`;
  return [line(['type', ...COLUMNS]), `|---|${COLUMNS.map(() => '---:|').join('')}\n`, ...rows.map(line),
    line(['**all**', ...row(results).map(n => n && `**${n}**`)]), '\n',
    ...Object.entries(REASONS).map(([k, words]) => `- **${k}**: ${words}\n`)];
}

function readTable() {
  const text = readFileSync(README, 'utf8'), from = text.indexOf(BEGIN) + BEGIN.length, to = text.indexOf(END);
  return { text, from, to, lines: text.slice(from, to).split(/(?<=\n)/) };
}

/** A row with cases of what is not there yet may have come to pass since; the sums go with them. */
const settled = line => !/\*\*all\*\*|\*\*not there\*\*/.test(line) && !line.split('|')[4]?.trim();

async function compareTable(results) {
  const { text, from, to, lines } = readTable(), fresh = table(results);
  if (process.env.RELTO_UPDATE) writeFileSync(README, text.slice(0, from) + fresh.join('') + text.slice(to));
  else fresh.forEach((line, i) => settled(lines[i] ?? '') && assert.equal(lines[i], line, 'RELTO_UPDATE=1 writes it anew'));
}

// --- once more ---

/** What a client would see of a difference; times of acceptance and numbers of exports differ. */
async function replay({ asked, answer }) {
  const again = await ask(proxy.agent, asked);
  assert.equal(again.status, answer.status, `${asked.method} ${asked.path}`);
  assert.equal(again.headers['content-type'], answer.headers['content-type'], asked.path);
  if (asked.method === 'POST') assert.deepEqual(again.body, answer.body, asked.path);
}

const files = new Map();
for (const c of cases(document)) files.set(c.file, [...(files.get(c.file) ?? []), c]);
const results = [];
for (const [name, all] of [...files].sort()) results.push(...await file(name, all));
await test('the table of README.md', () => compareTable(results));
/** Asking for a file of history makes one each time; what was seeded has been deleted since. */
function repeats({ asked: { path } }) {
  const [, , type, name] = path.split(/[/?]/);
  return !path.includes('/history/aodr') && !(name === 'id' && seeded(type, `GET /udl/${type}/{id}`, document));
}

const recorded = proxy.requests.filter(repeats);
await test(`${recorded.length} recorded requests, sent again`, async () => {
  for (const one of recorded) await replay(one);
});
proxy.stop();
done();
