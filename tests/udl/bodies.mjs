// Records made from what the exchange says of its types: what is required, and whatever else is asked for.
import { exchange } from './client.mjs';

export const RESTRICTION = { reason: 'SOURCES', authority: 'USSPACECOM J2', reviewBy: later(14).slice(0, 10) };

function later(days) {
  return new Date(Date.parse(exchange.now) + days * 86400e3).toISOString();
}

/** k microseconds before the exchange's now: each record has its own. */
export function moment(k) {
  const t = BigInt(Date.parse(exchange.now)) * 1000n - BigInt(k);
  return `${new Date(Number(t / 1000n)).toISOString().slice(0, -1)}${String(t % 1000n).padStart(3, '0')}Z`;
}

export class Types {
  constructor(document) {
    this.document = document;
  }

  resolve(node) {
    return node.$ref ? this.resolve(node.$ref.slice(2).split('/').reduce((at, step) => at[step], this.document)) : node;
  }

  schema(type) {
    return this.resolve(this.document.components.schemas[type]);
  }

  /** The members that hold the record's id beside `id`, such as idElset. */
  ownIds(type) {
    return Object.entries(this.schema(type).properties).filter(([, p]) => p['x-same-as'] === 'id').map(([n]) => n);
  }

  value(node) {
    node = this.resolve(node);
    switch (node.type) {
      case 'array': return [this.value(node.items)];
      case 'object': return this.object(node);
      case 'boolean': return false;
      case 'integer': case 'number': return Math.max(node.minimum ?? 1, Math.min(1, node.maximum ?? 1));
      default: return node.enum?.[0] ?? (node.format === 'date-time' ? moment(0) : 'example'.slice(0, node.maxLength));
    }
  }

  object(node) {
    return Object.fromEntries((node.required ?? []).map(name => [name, this.value(node.properties[name])]));
  }

  /** The k-th record of its type. */
  record(type, k, more = {}) {
    const record = this.object({ ...this.schema(type), required: this.schema(type).required.filter(n => n !== 'id') });
    const time = exchange.types[type].time_field;
    if (time) record[time] = moment(k);
    return sameLabel({ ...record, classificationMarking: 'U', dataMode: 'TEST', ...more });
  }
}

/** What embedded records say of marking and data mode repeats the record's own. */
function sameLabel(record) {
  const walk = value => {
    if (!value || typeof value !== 'object') return;
    for (const name of ['classificationMarking', 'dataMode']) if (name in value) value[name] = record[name];
    for (const [name, inner] of Object.entries(value)) if (name !== 'relto') walk(inner);
  };
  walk(record);
  return record;
}
