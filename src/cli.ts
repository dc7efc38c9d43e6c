import { Command, CommanderError, Option } from 'commander';
import { toolVersion } from './package-files.js';

/** Flags in, exit code out. A command is loaded when it is called: `--help` must not load a parser. */

const program = new Command('add-prom-metrics')
  .description('Adds Prometheus metrics that are right, under several processes too, to a service in a repository.')
  .version(toolVersion(), '-V, --version', 'print the version')
  .helpOption('-h, --help', 'print this help')
  .exitOverride()
  .configureOutput({ writeErr: () => {} })
  .showHelpAfterError(false)
  .enablePositionalOptions();

program
  .command('add', { isDefault: true })
  .description('the main job: ask, show the diff, write all or nothing')
  .argument('[dir]', 'the package that serves HTTP', '.')
  .option('--app-tag <tag>', 'value of the "application" label of every series')
  .option('--entry <file>', 'the file where the app object is created')
  .option('--workers <n>', 'number of worker processes, 1 to 1024')
  .option('--redis', 'Redis is available to the service')
  .option('--no-redis', 'Redis is not available to the service')
  .option('--metrics-path <path>', 'where Prometheus scrapes')
  .option('-y, --yes', 'take the defaults, ask nothing')
  .option('--dry-run', 'write nothing; print the diff, a patch that git apply takes')
  .addOption(new Option('--check [what]', 'write nothing; exit 1 when something has to be renewed').choices(['latest']))
  .option('--json', 'print one JSON document; ask nothing')
  .option('--config <file>', 'answers from a JSON file')
  .option('--no-install', 'do not run the package manager')
  .option('--lockfile-only', 'bring the lockfile up to date without installing')
  .option('--force', 'go on although the work tree has uncommitted changes')
  .option('--strict', 'refuse when any part could not be edited')
  .option('--verify', 'afterwards start the service on a free port, and check that its metrics are right')
  .option(
    '--client <package>',
    'the metrics client: prom-client, @prometheus-io/client, prometheus_flask_exporter, prometheus_client',
  )
  .option('--app <name>', 'the variable that holds the app, where a file creates several')
  .option('--buckets <seconds>', 'bounds of the duration histogram, such as 0.05,0.1,0.5,1')
  .option('--prefix <prefix>', 'put before the names of the default metrics')
  .option('--exclude-path <regexp...>', 'do not measure requests whose path matches')
  .option('--metrics-port <port>', 'serve the metrics on a port of their own')
  .option('--metrics-token', 'Prometheus shows a bearer token: the one in METRICS_TOKEN of the service')
  .option('--no-metrics-token', 'Prometheus shows no token')
  .option('--port <port>', 'the port that the app listens to, where what was found is wrong')
  .option('--slo <percent>', 'share of requests that are to succeed, 90 to 99.999; with it, alerts page')
  .option('--slo-latency <seconds>', "time under which a request is to be answered: one of the buckets' bounds")
  .option('--with <part...>', 'write these parts too: dockerfile, systemd, procfile, compose, kubernetes, pushgateway')
  .option('--skip <part...>', 'leave these parts out, or these: prometheus, rules, grafana')
  .option('--dockerfile <path>', "the Dockerfile of the service's image, where several could be it")
  .option('--verbose', 'print the stack trace of an error')
  .action(async (dir: string, options: Record<string, unknown>) => {
    const { add } = await import('./commands/add.js');
    await runCommand(options, (session) => add(dir, options, session));
  });

program
  .command('verify')
  .description('measure a running service: can its metrics be trusted?')
  .argument('[dir]', 'the target of an earlier run, or any folder when --url is given', '.')
  .option('--url <url>', 'the metrics endpoint, such as http://127.0.0.1:3000/metrics')
  .option('--app-url <url>', 'the service itself, where its metrics are on a port of their own')
  .option('--start <command>', 'start the service for the checks, and end it afterwards')
  .option('--requests <n>', 'how many requests to count, 1 to 10000 (default: 200)')
  .option('--target-path <path>', 'the path to send them to; {id} in it stands for ids (default: /)')
  .option('--slow-path <path>', 'a path that takes a second or more to answer')
  .option('--error-path <path>', 'a path whose request ends in an error')
  .option('--kill-worker', 'end a worker process under load; needs --start')
  .option('--prometheus <url>', 'a Prometheus that scrapes the service')
  .option('--scrape-interval <seconds>', 'how often Prometheus scrapes it (default: 15)')
  .option('--workers <n>', 'number of worker processes, 1 to 1024')
  .option('--counter <name>', 'the counter of requests, where it is not found')
  .option('--histogram <name>', 'the histogram of request durations, where it is not found')
  .option('--report <file.md>', 'write the results as Markdown, too')
  .option('--allow-remote', 'load a host that is not this machine without asking')
  .option('--json', 'print one JSON document')
  .option('--verbose', 'print the stack trace of an error')
  .action(async (dir: string, options: Record<string, unknown>) => {
    const { verify } = await import('./commands/verify.js');
    await runCommand(options, (session) => verify(dir, options, session));
  });

program
  .command('remove')
  .description('take everything back')
  .argument('[dir]', 'the target of an earlier run', '.')
  .option('-y, --yes', 'ask nothing')
  .option('--dry-run', 'write nothing; print the diff')
  .option('--json', 'print one JSON document; ask nothing')
  .option('--no-install', 'do not run the package manager')
  .option('--force', 'go on although the work tree has uncommitted changes')
  .option('--verbose', 'print the stack trace of an error')
  .action(async (dir: string, options: Record<string, unknown>) => {
    const { remove } = await import('./commands/remove.js');
    await runCommand(options, (session) => remove(dir, options, session));
  });

program
  .command('doctor')
  .description('find faults in existing instrumentation, without running it')
  .argument('[dir]', 'where the code is', '.')
  .addOption(new Option('--format <format>', 'how the findings are printed').choices(['text', 'json', 'github']))
  .option('--json', 'print one JSON document; the same as --format json')
  .option('--verbose', 'print the stack trace of an error')
  .action(async (dir: string, options: Record<string, unknown>) => {
    const { doctor } = await import('./commands/doctor.js');
    await runCommand(options, async (session) => doctor(dir, options, session));
  });

program
  .command('dashboard')
  .description('renew dashboard and rules from the metrics found in the code')
  .argument('[dir]', 'the target of an earlier run', '.')
  .option('--dry-run', 'write nothing; print the diff')
  .option('--check', 'write nothing; exit 1 when something would change')
  .option('--json', 'print one JSON document')
  .option('--force', 'go on although the work tree has uncommitted changes')
  .option('--verbose', 'print the stack trace of an error')
  .action(async (dir: string, options: Record<string, unknown>) => {
    const { dashboard } = await import('./commands/dashboard.js');
    await runCommand(options, (session) => dashboard(dir, options, session));
  });

await main(process.argv);

type Run = (session: import('./commands/session.js').Session) => Promise<number>;

async function main(argv: readonly string[]): Promise<void> {
  try {
    await program.parseAsync(argv);
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return; // --help and --version have printed already
    const { reportFailure } = await import('./commands/failure.js');
    process.exitCode = reportFailure(error, { json: argv.includes('--json'), verbose: argv.includes('--verbose') });
  }
}

/** Runs a command; its errors become words and an exit code together with what it had found out by then. */
async function runCommand(options: Record<string, unknown>, run: Run): Promise<void> {
  const { openSession } = await import('./commands/session.js');
  const session = openSession(options);
  try {
    process.exitCode = await run(session);
  } catch (error) {
    const { reportFailure } = await import('./commands/failure.js');
    const how = { json: options['json'] === true, verbose: options['verbose'] === true };
    process.exitCode = reportFailure(error, how, session.known);
  }
}
