/**
 * Can this browser take part in a video call? Desktop WeChat's and some embedded ones cannot.
 * @module
 */

/**
 * @param {{RTCPeerConnection?: unknown, RTCRtpTransceiver?: unknown, WebSocket?: unknown,
 *   isSecureContext?: boolean, navigator: {mediaDevices?: {getUserMedia?: unknown}}}} scope
 * @returns {'ok'|'insecure'|'browser'}
 */
export function support(scope) {
  if (scope.isSecureContext === false) return 'insecure';
  const can = scope.RTCPeerConnection && scope.RTCRtpTransceiver && scope.WebSocket &&
    scope.navigator.mediaDevices?.getUserMedia;
  return can ? 'ok' : 'browser';
}

/**
 * Shows the notice of the page when this browser cannot publish.
 * @returns {boolean} true when it can
 */
export function checkSupport() {
  const found = support(window);
  if (found === 'ok') return true;
  const notice = document.querySelector('#unsupported');
  if (notice instanceof HTMLElement) {
    notice.hidden = false;
    notice.dataset.why = found;
    const address = notice.querySelector('[data-address]');
    if (address) address.textContent = location.href;
  }
  return false;
}
