/** Whether the process in this container lives: its admin listener answers. Ends with 0 or 1. */
const port = process.env.UNDERTONE_ADMIN_PORT;
try {
  const answer = await fetch(`http://127.0.0.1:${port}/livez`, { signal: AbortSignal.timeout(4000) });
  process.exitCode = answer.ok ? 0 : 1;
} catch {
  process.exitCode = 1;
}
