// What the walks stand on: a real gatewatch, a real nginx with an upstream that can be killed, and a real
// browser. Everything runs on free ports in a folder of its own and is gone afterwards.
//
//   GATEWATCH_BIN          the binary to try (default: target/release/gatewatch)
//   GATEWATCH_SCREENSHOTS  where screenshots go (default: target/screenshots)
//   UPDATE_SNAPSHOTS=1     write the ARIA snapshots anew instead of comparing

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import axe from 'axe-core';
import { chromium } from 'playwright-core';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const TARGET = path.resolve(HERE, '../../target');
const BINARY = process.env.GATEWATCH_BIN ?? path.join(TARGET, 'release/gatewatch');
const SCREENSHOTS = process.env.GATEWATCH_SCREENSHOTS ?? path.join(TARGET, 'screenshots');
const CHROMIUM = {
  executablePath: '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--no-first-run',
  ],
};

/** What ends each thing that was started. A test that ran out of time ends nothing itself, and would keep node waiting. */
const endings = new Set();
after(() => Promise.all([...endings].map((end) => end())), { timeout: 60_000 });

/** A port that nobody listens on now. */
export async function freePort() {
  const server = net.createServer();
  await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Asks until `probe` returns something true; fails with `what` after `limit` milliseconds. */
export async function until(what, probe, limit = 20_000, pause = 50) {
  const end = Date.now() + limit;
  for (;;) {
    const answer = await probe();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`${what} did not come about within ${limit} ms`);
    await sleep(pause);
  }
}

/** A folder that `remove()` takes away. */
async function folder(name) {
  const where = await mkdtemp(path.join(os.tmpdir(), `gatewatch-${name}-`));
  return { where, remove: () => rm(where, { recursive: true, force: true }) };
}

/** Starts a program and keeps what it prints; `stop()` ends it by SIGTERM, then by force. */
function start(program, args, options = {}) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  const running = { output: '', ended: false, child };
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => (running.output += text));
  }
  const ended = new Promise((resolve) => {
    child.once('error', (error) => resolve((running.output += String(error))));
    child.once('exit', resolve);
  }).then(() => (running.ended = true));
  running.stop = async () => {
    if (running.ended) return;
    child.kill('SIGTERM');
    if (!(await Promise.race([ended, sleep(15_000, false, { ref: false })]))) child.kill('SIGKILL');
    await ended;
  };
  endings.add(running.stop);
  ended.then(() => endings.delete(running.stop));
  return running;
}

/**
 * A gatewatch with a configuration and a database of its own.
 *
 * `config` is TOML after `[server]` and `[storage]`; it may be a function of the port. `server` are further lines in
 * `[server]`.
 * The result has `url`, `setupLink()`, `output()`, `restart()`, `stop()` and `config` (the file's path).
 */
export async function startGatewatch({ config = '', server = '', env = {} } = {}) {
  assert.ok(existsSync(BINARY), `${BINARY} is not built: cargo xtask build --release`);
  const dir = await folder('serve');
  const port = await freePort();
  const file = path.join(dir.where, 'gatewatch.toml');
  const rest = typeof config === 'function' ? config(port) : config;
  await writeFile(
    file,
    `[server]\nlisten = "127.0.0.1:${port}"\n${server}\n[storage]\npath = "${path.join(dir.where, 'gatewatch.db')}"\n\n${rest}`,
  );
  const url = `http://127.0.0.1:${port}`;
  let running;
  const begin = async () => {
    running = start(BINARY, ['serve', '--config', file], { cwd: dir.where, env: { ...process.env, ...env } });
    await until(`gatewatch at ${url}`, async () => {
      if (running.ended) throw new Error(`gatewatch ended at once:\n${running.output}`);
      return fetch(`${url}/healthz`).then((answer) => answer.ok, () => false);
    });
  };
  try {
    await begin();
  } catch (error) {
    await running?.stop();
    await dir.remove();
    throw error;
  }
  return {
    url,
    config: file,
    output: () => running.output,
    /** The one-time link that the first start prints. */
    setupLink: () =>
      until('the set-up link', () => running.output.match(/https?:\/\/\S+\/setup\/\S+/)?.[0] ?? null),
    restart: async () => {
      await running.stop();
      await begin();
    },
    stop: async () => {
      await running.stop();
      await dir.remove();
    },
  };
}

/** An HTTP server on a fixed port that can be killed and brought back. `answer` is a request listener. */
export async function startUpstream(answer = (_request, response) => response.end('upstream is well\n')) {
  const port = await freePort();
  let server;
  const upstream = {
    port,
    /** Listens again on the same port. */
    revive: async () => {
      server = http.createServer(answer);
      await new Promise((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
    },
    /** Closes the port and every connection: the next connect is refused. */
    kill: async () => {
      if (!server?.listening) return;
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
  endings.add(upstream.kill);
  await upstream.revive();
  return upstream;
}

/** A real nginx in front of an upstream. `location` and `http` add directives of their own. */
export async function startNginx({ upstream, location = '', http: more = '' }) {
  const dir = await folder('nginx');
  const port = await freePort();
  const file = path.join(dir.where, 'nginx.conf');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `  ${name}_temp_path ${dir.where}/${name};`)
    .join('\n');
  await writeFile(
    file,
    `worker_processes 1;
pid ${dir.where}/nginx.pid;
error_log ${dir.where}/error.log info;
events { worker_connections 256; }
http {
${temporary}
  access_log ${dir.where}/access.log;
  ${more}
  upstream app { server 127.0.0.1:${upstream.port}; }
  server {
    listen 127.0.0.1:${port};
    server_name localhost;
    location / { proxy_pass http://app; ${location} }
  }
}
`,
  );
  const running = start('nginx', ['-e', `${dir.where}/error.log`, '-p', dir.where, '-c', file, '-g', 'daemon off;'], {
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` },
  });
  const url = `http://127.0.0.1:${port}/`;
  const stop = async () => {
    await running.stop();
    await dir.remove();
  };
  try {
    await until(`nginx at ${url}`, async () => {
      if (running.ended) throw new Error(`nginx ended at once:\n${running.output}`);
      return fetch(url).then(() => true, () => false);
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, port, config: file, logs: dir.where, stop };
}

/** One browser for a file of walks; close it in `after`. */
export function launch() {
  return chromium.launch({ ...CHROMIUM, headless: true });
}

/** A visitor's window. `scripts: false` is a browser that runs none. */
export async function visitor(browser, { scripts = true, width = 1280, height = 900, dark = false } = {}) {
  const context = await browser.newContext({
    javaScriptEnabled: scripts,
    viewport: { width, height },
    colorScheme: dark ? 'dark' : 'light',
    locale: 'en-GB',
    timezoneId: 'UTC',
  });
  context.setDefaultTimeout(15_000);
  return context;
}

/** Collects everything that a page says on its console or fails at; `assertEmpty()` wants nothing. */
export function listen(page) {
  const said = [];
  page.on('console', (message) => said.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => said.push(`error: ${error.message}`));
  page.on('requestfailed', (request) => {
    // Leaving a page ends its event stream; that is no failure.
    const why = request.failure()?.errorText ?? '';
    if (why !== 'net::ERR_ABORTED') said.push(`request: ${request.url()} ${why}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400 && response.request().resourceType() !== 'document') {
      said.push(`status: ${response.url()} ${response.status()}`);
    }
  });
  return { said, assertEmpty: () => assert.deepEqual(said, [], 'the console is not empty') };
}

/** What differs from run to run: instants, durations, shares, addresses, ids. */
const CHANGING = [
  [/\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z| UTC)?/g, '<instant>'],
  [/\d{1,2} [A-Z][a-z]+ \d{4}(,? (at )?\d{2}:\d{2}(:\d{2})?)?( UTC)?/g, '<instant>'],
  [/\d{4}-\d{2}-\d{2}/g, '<date>'],
  [/\/history\/\d{4}-\d{2}/g, '/history/<month>'],
  [/\b\d{1,2} (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*( \d{4})?\b/g, '<date>'],
  [/\b[A-Z][a-z]+ \d{4}\b/g, '<month>'],
  [/\b\d{2}:\d{2}(:\d{2})?( UTC)?/g, '<time>'],
  [/127\.0\.0\.1:\d+/g, '<address>'],
  [/\/(runs|incidents|setup|assets)\/[a-z0-9]+/g, '/$1/<id>'],
  [/\b\d+(\.\d+)? ?(ms|µs|s|min|h|seconds?|minutes?)\b/g, '<duration>'],
  [/less than a (second|minute)/g, '<duration>'],
  [/<duration>( <duration>)+/g, '<duration>'],
  [/\b\d+(\.\d+)? %/g, '<share>'],
];

/**
 * Compares a page's accessible structure with `snapshots/{name}.aria.yml`; `more` are further
 * `[pattern, replacement]` pairs for what changes from run to run.
 */
export async function assertAria(page, name, { more = [], root = 'body' } = {}) {
  const seen = await page.locator(root).ariaSnapshot();
  const steady = [...more, ...CHANGING].reduce((text, [from, to]) => text.replace(from, to), seen) + '\n';
  const file = path.join(HERE, 'snapshots', `${name}.aria.yml`);
  if (process.env.UPDATE_SNAPSHOTS === '1') {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, steady);
    return;
  }
  const kept = await readFile(file, 'utf8').catch(() => {
    throw new Error(`${file} is missing; UPDATE_SNAPSHOTS=1 cargo xtask test browser writes it`);
  });
  assert.equal(steady, kept, `${name} differs from its ARIA snapshot; UPDATE_SNAPSHOTS=1 accepts what is seen`);
}

/** The rules of WCAG 2.2 A and AA, and what is good practice beside them. */
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** Wants no violation that axe can see. Evaluated from outside, so that the page's own policy needs no hole. */
export async function assertAccessible(page, name) {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate((values) => window.axe.run({ runOnly: { type: 'tag', values } }), RULES);
  const told = violations.map(({ id, help, nodes }) => {
    const places = nodes.slice(0, 5).map((node) => `    ${node.target.join(' ')}: ${node.failureSummary.replace(/\s+/g, ' ')}`);
    return `  ${id}: ${help}\n${places.join('\n')}`;
  });
  assert.equal(violations.length, 0, `${name} is not accessible:\n${told.join('\n')}`);
}

/** Stops that the walk by keyboard makes on one page at most; long lists go on in the same way. */
const MOST_STOPS = 60;

/** What can be used on a page, in its order; runs there. */
const usable = () => {
  const all = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]';
  return [...document.querySelectorAll(all)].filter((one) => one.checkVisibility() && !one.disabled);
};

/** Wants the Tab key to reach everything that can be used, in the order of the page, and each stop to be seen. */
export async function assertKeyboard(page, name) {
  const count = await page.evaluate(`(${usable})().length`);
  let reached = 0;
  // Chromium stops at what can be scrolled, too.
  for (let presses = 0; reached < Math.min(count, MOST_STOPS) && presses < MOST_STOPS * 2; presses += 1) {
    await page.keyboard.press('Tab');
    // The page may have changed meanwhile; then the keyboard has to be where it was all the same.
    const stop = await page.evaluate(`(() => {
      const one = document.activeElement, all = (${usable})();
      const { outlineStyle, boxShadow } = getComputedStyle(one), { width, height } = one.getBoundingClientRect();
      const seen = (outlineStyle !== 'none' || boxShadow !== 'none') && width > 1 && height > 1;
      return { index: all.indexOf(one), seen, html: one.outerHTML.slice(0, 120), due: all[${reached}].outerHTML.slice(0, 120) };
    })()`);
    if (stop.index < 0) continue;
    assert.equal(stop.index, reached, `${name}: Tab comes to ${stop.html}, not to ${stop.due}`);
    assert.ok(stop.seen, `${name}: one cannot see that the keyboard is at ${stop.html}`);
    reached += 1;
  }
  assert.equal(reached, Math.min(count, MOST_STOPS), `${name}: Tab does not reach everything`);
}

/** The page at 390 and 1280 pixels, light and dark, looked through by axe, walked by keyboard and kept in the screenshots' folder. `storageState` signs in. */
export async function screenshots(browser, url, name, { scripts = true, storageState } = {}) {
  await mkdir(SCREENSHOTS, { recursive: true });
  for (const width of [390, 1280]) {
    for (const dark of [false, true]) {
      const context = await browser.newContext({
        javaScriptEnabled: scripts,
        viewport: { width, height: width === 390 ? 844 : 900 },
        colorScheme: dark ? 'dark' : 'light',
        locale: 'en-GB',
        storageState,
      });
      try {
        const page = await context.newPage();
        await page.goto(url, { waitUntil: 'load' });
        // A page that is wider than the window scrolls sideways on a phone.
        const wide = await page.locator('html').evaluate((html) => html.scrollWidth > html.clientWidth);
        assert.ok(!wide, `${name} is wider than ${width} pixels`);
        // Once in each theme and at each width; all four would take as long again.
        if (dark === (width === 1280)) {
          await assertAccessible(page, `${name} at ${width} pixels, ${dark ? 'dark' : 'light'}`);
        }
        await page.screenshot({
          path: path.join(SCREENSHOTS, `${name}-${width}-${dark ? 'dark' : 'light'}.png`),
          fullPage: true,
        });
        if (width === 1280 && !dark) await assertKeyboard(page, name);
      } finally {
        await context.close();
      }
    }
  }
}
