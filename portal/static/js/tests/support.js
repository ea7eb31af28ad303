// What the tests of the pages' scripts share: the golden messages of the wire.

import fs from 'node:fs';

const folder = new URL('../../../../signaling/protocol/fixtures/', import.meta.url);

/**
 * Golden frames of one side: kind → frame's text.
 * @param {'client'|'server'} side
 */
export function fixtures(side) {
  const texts = new Map();
  for (const name of fs.readdirSync(new URL(`${side}/`, folder)).sort()) {
    texts.set(name.replace(/\.json$/, ''), fs.readFileSync(new URL(`${side}/${name}`, folder), 'utf8'));
  }
  return texts;
}

/** Body of a golden server message. */
export function body(kind) {
  const text = fixtures('server').get(kind);
  if (!text) throw new Error(`no fixture ${kind}`);
  return JSON.parse(text).body;
}

/**
 * The variants of a Rust enum, as they stand on the wire.
 * @param {string} file in `signaling/protocol/src`
 * @param {string} name
 */
export function variants(file, name) {
  const source = fs.readFileSync(new URL(`../src/${file}`, folder), 'utf8');
  const start = source.indexOf(`pub enum ${name} {`);
  const end = source.indexOf('\n}', start);
  const found = [...source.slice(start, end).matchAll(/^ {4}([A-Z][A-Za-z]*)/gm)];
  return found.map(([, word]) => word.replace(/(?<!^)([A-Z])/g, '_$1').toLowerCase());
}
