/**
 * What the company wall and a company's own page share: the student's own state from the socket,
 * and the booths as the wall's news tell of them.
 * @module
 */

import { reduceStudent, studentStart } from './reducer.js';
import { api, pageData } from './session.js';
import { livePage } from './store.js';
import { WallFeed } from './wall-feed.js';

/**
 * @param {(view: import('./types.js').StudentView, booths: readonly import('./types.js').WallBooth[]) => void} render
 *   after each message, once both are there
 */
export function wallPage(render) {
  const feed = new WallFeed({
    fetch: () => api('GET', `/api/fairs/${pageData('fair')}/wall`),
    onWall: () => page.draw(),
  });
  const page = livePage({
    page: 'wall',
    start: studentStart(),
    reduce: reduceStudent,
    render: ({ view }) => {
      if (view && feed.wall.n !== null) render(view, feed.wall.booths);
    },
    hear: (body) => {
      if (body.type === 'wall_news') feed.hear(body);
    },
  });
  return {
    live: page.live,
    start: () => {
      page.live.start();
      feed.start();
    },
  };
}
