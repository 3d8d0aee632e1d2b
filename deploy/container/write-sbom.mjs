/**
 * Lists what the image holds, as CycloneDX 1.5 on standard output: each package of the lockfile that is installed here, and those
 * that are built into the page. `npm sbom` leaves out packages that workspaces share, and gives another number each time.
 */
import { existsSync, readFileSync } from 'node:fs';

const builtIn = ['preact', 'uplot', 'onnxruntime-web'].map((name) => `node_modules/${name}`);
const { packages, version } = JSON.parse(readFileSync('package-lock.json', 'utf8'));

const components = Object.entries(packages)
  .filter(([path, { link }]) => path.includes('node_modules/') && !link)
  .filter(([path]) => existsSync(path) || builtIn.includes(path))
  .map(([path, found]) => component(path.slice(path.lastIndexOf('node_modules/') + 13), found))
  .sort((a, b) => (a.purl < b.purl ? -1 : a.purl > b.purl ? 1 : 0));
const once = components.filter(({ purl }, i) => purl !== components[i - 1]?.purl);

const bill = {
  bomFormat: 'CycloneDX',
  specVersion: '1.5',
  version: 1,
  metadata: { component: { type: 'application', name: 'undertone-server', version } },
  components: once,
};
process.stdout.write(`${JSON.stringify(bill, null, 2)}\n`);

function component(name, { version, license, integrity }) {
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
  const [algorithm, digest] = (integrity ?? '').split('-');
  return {
    type: 'library',
    'bom-ref': purl,
    name,
    version,
    purl,
    ...(license && { licenses: [{ expression: license }] }),
    ...(digest && {
      hashes: [
        { alg: algorithm.replace('sha', 'SHA-'), content: Buffer.from(digest, 'base64').toString('hex') },
      ],
    }),
  };
}
