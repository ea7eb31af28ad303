/**
 * What the server wrote into the page (`<body data-…>`), and requests to the portal.
 * @module
 */

import { Clock } from './clock.js';

/** The server's clock, set by each welcome. */
export const clock = new Clock();

/**
 * A value that the template wrote into `<body>`.
 * @param {string} name
 * @returns {string}
 */
export function pageData(name) {
  return document.body.dataset[name] ?? '';
}

/** A request to the portal that failed; `code` as in `texts.js`. */
export class ApiError extends Error {
  /**
   * @param {string} code
   * @param {number} status HTTP status, 0 when nothing came back
   * @param {any} [answer] what the portal said, if it said something
   */
  constructor(code, status, answer = null) {
    super(`request failed: ${code} (${status})`);
    this.code = code;
    this.status = status;
    this.answer = answer;
  }
}

/**
 * Sends JSON to the portal and reads JSON back (`null` for an empty answer).
 * @param {'GET'|'POST'|'PUT'} method
 * @param {string} path
 * @param {unknown} [json]
 * @returns {Promise<any>}
 */
export async function api(method, path, json) {
  /** @type {Record<string, string>} */
  const headers = { accept: 'application/json', 'x-csrf-token': pageData('csrf') };
  if (json !== undefined) headers['content-type'] = 'application/json';
  let response;
  try {
    response = await fetch(path, {
      method,
      headers,
      credentials: 'same-origin',
      body: json === undefined ? undefined : JSON.stringify(json),
    });
  } catch {
    throw new ApiError('offline', 0);
  }
  if (response.status === 401) location.assign('/login');
  if (!response.ok) {
    const answer = await response.json().catch(() => null);
    throw new ApiError(answer?.code ?? 'internal', response.status, answer);
  }
  const text = await response.text();
  return text ? JSON.parse(text) : null;
}

/**
 * A fresh join token for a page of the live fair, and the socket's address.
 * @param {import('./types.js').PageKind} page
 * @returns {Promise<{token: string, url: string}>}
 */
export function joinToken(page) {
  const booth = pageData('booth');
  return api('POST', '/api/join-token', {
    fair: pageData('fair'),
    page,
    ...(booth && page === 'room' ? { booth } : {}),
  });
}
