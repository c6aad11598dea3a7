// `node phone.mjs URL ROUNDS`: the medians of first paint and load in milliseconds, on a slow network with a slow
// processor. For `cargo xtask bench phone`.

import { chromium } from 'playwright-core';

const [url, rounds] = process.argv.slice(2);
const MBIT = 1_000_000 / 8;

const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];

const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
const paints = [];
const loads = [];
try {
  for (let round = 0; round < Number(rounds); round += 1) {
    const context = await browser.newContext({ viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 });
    const page = await context.newPage();
    const phone = await context.newCDPSession(page);
    await phone.send('Network.enable');
    await phone.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 150,
      downloadThroughput: 1.6 * MBIT,
      uploadThroughput: 0.75 * MBIT,
    });
    await phone.send('Emulation.setCPUThrottlingRate', { rate: 4 });
    await page.goto(url, { waitUntil: 'load', timeout: 30_000 });
    await page.waitForFunction(() => performance.getEntriesByName('first-contentful-paint').length > 0);
    const [paint, load] = await page.evaluate(() => [
      performance.getEntriesByName('first-contentful-paint')[0].startTime,
      performance.getEntriesByType('navigation')[0].loadEventEnd,
    ]);
    paints.push(paint);
    loads.push(load);
    await context.close();
  }
} finally {
  await browser.close();
}
console.log(`${median(paints).toFixed(0)} ${median(loads).toFixed(0)}`);
