/** The HorizontalPodAutoscaler of `deploy/kubernetes/overlays/fleet`, by its load alone: CPU, its second metric, is left out. */
export interface AutoscalerSettings {
  readonly targetLoad: number;
  readonly minPods: number;
  readonly maxPods: number;
}

export const syncSeconds = 15;
/** Kubernetes leaves deviations below this alone. */
const tolerance = 0.1;
const upPeriodSeconds = 30;
const downPeriodSeconds = 300;
const downWindowSeconds = 900;

export class Autoscaler {
  readonly #settings: AutoscalerSettings;
  /** Wishes within the window of stabilisation: [second, pods]. */
  #wishes: [number, number][] = [];
  /** Numbers of pods that were in effect, to limit changes within a period. */
  #past: [number, number][] = [];

  constructor(settings: AutoscalerSettings) {
    this.#settings = settings;
  }

  /**
   * @param pods in effect now
   * @param load mean of `undertone_load_ratio` over `measured` pods
   * @returns pods from now on
   */
  next(second: number, pods: number, measured: number, load: number): number {
    const { targetLoad, minPods, maxPods } = this.#settings;
    const ratio = load / targetLoad;
    const wish = Math.abs(ratio - 1) <= tolerance ? pods : Math.ceil(measured * ratio);
    this.#wishes = this.#wishes.filter(([at]) => second - at < downWindowSeconds);
    this.#wishes.push([second, wish]);
    this.#past = this.#past.filter(([at]) => second - at < downPeriodSeconds);
    this.#past.push([second, pods]);
    let next = pods;
    if (wish > pods) {
      const before = this.#past.filter(([at]) => second - at < upPeriodSeconds).map(([, count]) => count);
      const base = Math.min(...before);
      next = Math.min(wish, Math.max(base * 2, base + 4));
    } else {
      const stable = Math.max(...this.#wishes.map(([, count]) => count));
      const base = Math.max(...this.#past.map(([, count]) => count));
      if (stable < pods) next = Math.min(pods, Math.max(stable, base - Math.ceil(base * 0.1)));
    }
    return Math.max(minPods, Math.min(maxPods, next));
  }
}
