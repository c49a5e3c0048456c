// Loaded into a command by NODE_OPTIONS=--require: writes down what the process cost when it ends.
const { writeFileSync } = require('node:fs');
const { monitorEventLoopDelay } = require('node:perf_hooks');

const delay = monitorEventLoopDelay({ resolution: 10 });
delay.enable();
process.on('exit', () => {
  const cost = { rssMegabytes: process.resourceUsage().maxRSS / 1024, lagMs: delay.percentile(99) / 1e6 };
  writeFileSync(process.env.MONITOR_FILE, JSON.stringify(cost));
});
