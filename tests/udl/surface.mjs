// What the client's own sources (TypeScript, in the package) say of each method: parameters, their types, the example.
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(`${process.env.UDL_MODULES}/package.json`);
const ts = require('typescript');
const SOURCES = path.join(process.env.UDL_MODULES, 'node_modules/unified-data-library/src');
const CALL = /this\._client\.(getAPIList|get|post|put|delete)\(\s*(?:path)?([`'])([^`']*)\2/;

const words = node => ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc)
  .map(d => ts.getTextOfJSDocComment(d.comment) ?? '').join(' ').replace(/\s+/g, ' ').trim();

const example = node => ts.getJSDocTags(node).filter(t => t.tagName.text === 'example')
  .map(t => ts.getTextOfJSDocComment(t.comment) ?? '').join('\n').replace(/```(ts)?/g, '').trim();

class Reader {
  constructor() {
    const options = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.CommonJS,
      moduleResolution: ts.ModuleResolutionKind.Node10, strict: true, noEmit: true, skipLibCheck: true, types: [] };
    this.program = ts.createProgram([path.join(SOURCES, 'index.ts')], options);
    this.checker = this.program.getTypeChecker();
  }

  declarations(name) {
    const symbol = this.checker.getSymbolAtLocation(name);
    if (!symbol) return [];
    return (symbol.flags & ts.SymbolFlags.Alias ? this.checker.getAliasedSymbol(symbol) : symbol).declarations ?? [];
  }

  /** {kind, of, values, fields}: fields are read when they are asked for. */
  type(node) {
    if (!node) return { kind: 'unknown' };
    if (ts.isParenthesizedTypeNode(node)) return this.type(node.type);
    if (ts.isArrayTypeNode(node)) return { kind: 'array', of: this.type(node.elementType) };
    if (ts.isUnionTypeNode(node)) return this.union(node);
    if (ts.isLiteralTypeNode(node))
      return ts.isStringLiteral(node.literal) ? { kind: 'enum', values: [node.literal.text] } : { kind: 'nothing' };
    if (ts.isTypeReferenceNode(node)) return this.reference(node);
    return { kind: { [ts.SyntaxKind.StringKeyword]: 'string', [ts.SyntaxKind.NumberKeyword]: 'number',
      [ts.SyntaxKind.BooleanKeyword]: 'boolean', [ts.SyntaxKind.UndefinedKeyword]: 'nothing' }[node.kind] ?? 'unknown' };
  }

  union(node) {
    const parts = node.types.map(t => this.type(t)).filter(t => t.kind !== 'nothing');
    if (parts.every(p => p.kind === 'enum')) return { kind: 'enum', values: parts.flatMap(p => p.values) };
    return parts[0];
  }

  reference(node) {
    if (node.typeName.getText() === 'Array') return { kind: 'array', of: this.type(node.typeArguments[0]) };
    const found = this.declarations(node.typeName), alias = found.find(ts.isTypeAliasDeclaration);
    const members = found.find(ts.isInterfaceDeclaration);
    if (members) return { kind: 'object', fields: () => this.fields(members) };
    return alias ? this.type(alias.type) : { kind: 'unknown' };
  }

  fields(members) {
    const inherited = (members.heritageClauses ?? []).flatMap(h => h.types).flatMap(t =>
      this.declarations(t.expression).filter(ts.isInterfaceDeclaration).flatMap(d => this.fields(d)));
    return [...inherited, ...members.members.filter(ts.isPropertySignature).map(m => ({
      name: ts.isStringLiteral(m.name) ? m.name.text : m.name.getText(), optional: Boolean(m.questionToken),
      words: words(m), type: this.type(m.type) }))];
  }

  method(node, file) {
    const text = node.body?.getText() ?? '', call = text.match(CALL);
    if (!call) return null;
    const verb = call[1] === 'getAPIList' ? 'GET' : call[1].toUpperCase();
    const given = node.parameters.filter(p => p.name.getText() !== 'options').map(p => ({ name: p.name.getText(),
      optional: Boolean(p.questionToken || p.initializer), type: this.type(p.type) }));
    return { key: `${verb} ${call[3].replace(/\$\{(\w+)\}/g, '{$1}')}`, name: node.name.getText(), file,
      positional: given.filter(p => p.type.kind === 'string' || p.type.kind === 'number').map(p => p.name),
      object: given.find(p => ['query', 'params', 'body'].includes(p.name) && p.type.kind === 'object'), binary: /__binaryResponse/.test(text), example: example(node),
      apart: (text.match(/const \{([^}]*)\} = (?:params|query)/)?.[1] ?? '').split(',').map(n => n.trim()) };
  }

  *methods() {
    for (const source of this.program.getSourceFiles()) {
      const file = path.relative(path.join(SOURCES, 'resources'), source.fileName).replace(/\.ts$/, '');
      if (file.startsWith('..')) continue;
      for (const node of source.statements.filter(ts.isClassDeclaration))
        for (const member of node.members.filter(ts.isMethodDeclaration)) {
          const read = this.method(member, file);
          if (read) yield read;
        }
    }
  }
}

/** {'GET /udl/elset/{id}': what the sources say of the method}. */
export function surface() {
  const found = new Map();
  for (const m of new Reader().methods()) if (!found.has(m.key)) found.set(m.key, m);
  return found;
}
