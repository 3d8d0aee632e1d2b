/**
 * Calls, pods, an autoscaler, a roll-out and failures, second by second (lost streams: by tenths): what a fleet does that is
 * larger than any that can be tried here. Seeded: the same request gives the same answer.
 */
import type { Arrivals } from './arrivals.ts';
import { Autoscaler, type AutoscalerSettings, syncSeconds } from './autoscaler.ts';
import { longestCallSeconds, PodCalls } from './pod-calls.ts';
import { Random } from './random.ts';
import { type Met, ReconnectStorm, type StormReport } from './reconnect-storm.ts';

export interface FleetRequest extends AutoscalerSettings {
  readonly seed: number;
  readonly seconds: number;
  readonly arrivals: Arrivals;
  readonly meanCallSeconds: number;
  /** Deviation of the logarithm of a call's length. */
  readonly callSigma: number;
  readonly streamsPerPod: number;
  readonly zones: number;
  /** From the wish for a pod until it takes streams. */
  readonly podStartSeconds: number;
  readonly drainSeconds: number;
  /** Streams whose client can move them. */
  readonly movableShare: number;
  /** Of a pod that drains. */
  readonly movesPerSecond: number;
  /** Age of the load that the autoscaler sees. */
  readonly metricLagSeconds: number;
  /** Until pods of a zone that is lost are replaced in another. */
  readonly evictionSeconds: number;
  /** Until the balancer leads nobody to a zone that is lost any more. */
  readonly balancerBlindSeconds: number;
  readonly rollOutAt?: number;
  readonly loseZoneAt?: number;
  readonly onHour?: (hour: number) => void;
}

export interface FleetSample {
  readonly second: number;
  readonly calls: number;
  readonly readyPods: number;
  readonly drainingPods: number;
  /** Of ready pods, 0 to 1. */
  readonly load: number;
}

export interface FleetOutcome {
  readonly callsOffered: number;
  readonly callsRefused: number;
  readonly callsMoved: number;
  /** Ended by a drain that took too long. */
  readonly callsCutByDrain: number;
  /** On a pod that was lost, of clients that could not go on or found no room for a minute. */
  readonly callsLost: number;
  readonly peakCalls: number;
  /** With those that drain. */
  readonly peakPods: number;
  readonly peakReadyPods: number;
  readonly podHours: number;
  readonly worstLoad: number;
  /** Until the last old pod is gone; null where there was no roll-out. */
  readonly rollOutSeconds: number | null;
  /** Until the last old pod takes no new streams. */
  readonly rollOutPodsReplacedSeconds: number | null;
  readonly zoneLoss:
    | (StormReport & { readonly podsBackSeconds: number | null; readonly worstLoad: number })
    | null;
  /** One a minute. */
  readonly samples: readonly FleetSample[];
}

interface Pod {
  readonly calls: PodCalls;
  readonly zone: number;
  readonly readyAt: number;
  readonly isNew: boolean;
  drainsSince: number | null;
  movable: number;
}

export function simulateFleet(request: FleetRequest): FleetOutcome {
  return new FleetSimulation(request).run();
}

class FleetSimulation {
  readonly #request: FleetRequest;
  readonly #random: Random;
  readonly #autoscaler: Autoscaler;
  /** Of ready pods, the oldest first: what the autoscaler knows is as old as the metric. */
  readonly #past: { readonly pods: number; readonly load: number }[] = [];
  #pods: Pod[] = [];
  #wanted: number;
  #storm: ReconnectStorm | null = null;
  #isZoneLost = false;
  #isNewGeneration = false;
  #believedPods = 0;
  /** Of pods, those that were lost with the zone. */
  #lostShare = 0;
  readonly #counts = { callsOffered: 0, callsRefused: 0, callsMoved: 0, callsCutByDrain: 0, callsLost: 0 };
  readonly #peaks = { peakCalls: 0, peakPods: 0, peakReadyPods: 0, worstLoad: 0 };
  #podSeconds = 0;
  #rollOutReplaced: number | null = null;
  #rollOutGone: number | null = null;
  #podsBack: number | null = null;
  #worstAfterLoss = 0;

  constructor(request: FleetRequest) {
    this.#request = request;
    this.#random = new Random(request.seed);
    this.#autoscaler = new Autoscaler(request);
    const first = request.arrivals(0) * request.meanCallSeconds;
    const pods = Math.ceil(first / (request.streamsPerPod * request.targetLoad));
    this.#wanted = Math.max(request.minPods, Math.min(request.maxPods, pods));
    for (let i = 0; i < this.#wanted; i++) this.#addPod(0);
    // As if it had been running: lengths of calls in progress are drawn from those that began before.
    for (let ago = 1; ago < longestCallSeconds; ago++)
      for (let n = this.#random.poisson(request.arrivals(0)); n > 0; n--) {
        const until = this.#length() - ago;
        if (until > 0) this.#emptiest(0)?.calls.add(until);
      }
  }

  run(): FleetOutcome {
    const { seconds, onHour } = this.#request;
    const samples: FleetSample[] = [];
    for (let second = 0; second < seconds; second++) {
      if (second % 3600 === 0) onHour?.(second / 3600);
      for (const pod of this.#pods) pod.calls.end(second);
      this.#failures(second);
      this.#drain(second);
      this.#arrive(second);
      this.#storm?.run(second, (untilSecond) => this.#attempt(second, untilSecond));
      this.#scale(second);
      this.#rollOut(second);
      const sample = this.#observe(second);
      if (second % 60 === 0) samples.push(sample);
    }
    const { loseZoneAt, rollOutAt } = this.#request;
    const since = (at: number | null, from = 0): number | null => (at === null ? null : at - from);
    const storm = this.#storm?.report() ?? null;
    return {
      ...this.#counts,
      callsLost: this.#counts.callsLost + (storm?.gaveUp ?? 0),
      callsMoved: this.#counts.callsMoved + (storm?.restored ?? 0),
      ...this.#peaks,
      podHours: Math.round(this.#podSeconds / 360) / 10,
      rollOutSeconds: since(this.#rollOutGone, rollOutAt),
      rollOutPodsReplacedSeconds: since(this.#rollOutReplaced, rollOutAt),
      zoneLoss: storm && {
        ...storm,
        podsBackSeconds: since(this.#podsBack, loseZoneAt),
        worstLoad: this.#worstAfterLoss,
      },
      samples,
    };
  }

  #length(): number {
    const { meanCallSeconds, callSigma } = this.#request;
    const drawn = Math.round(this.#random.lognormal(meanCallSeconds, callSigma));
    return Math.max(1, Math.min(longestCallSeconds - 1, drawn));
  }

  #addPod(readyAt: number): void {
    const { zones } = this.#request;
    const counts = Array.from({ length: zones }, () => 0);
    for (const { zone, drainsSince } of this.#pods) if (drainsSince === null) counts[zone]!++;
    // A zone that is lost takes no pods.
    const open = counts.map((count, zone) =>
      this.#isZoneLost && zone === 0 ? Number.POSITIVE_INFINITY : count,
    );
    const zone = open.indexOf(Math.min(...open));
    const isNew = this.#isNewGeneration;
    this.#pods.push({ calls: new PodCalls(), zone, readyAt, isNew, drainsSince: null, movable: 0 });
  }

  /** Least connections, among those that are ready and not full. */
  #emptiest(second: number): Pod | null {
    let best: Pod | null = null;
    for (const pod of this.#pods)
      if (
        pod.drainsSince === null &&
        pod.readyAt <= second &&
        pod.calls.open < (best?.calls.open ?? this.#request.streamsPerPod)
      )
        best = pod;
    return best;
  }

  #take(second: number, untilSecond: number): boolean {
    const pod = this.#emptiest(second);
    pod?.calls.add(Math.max(second + 1, untilSecond));
    return pod !== null;
  }

  #attempt(second: number, untilSecond: number): Met {
    const { loseZoneAt = Number.POSITIVE_INFINITY, balancerBlindSeconds } = this.#request;
    const isBlind = second >= loseZoneAt && second < loseZoneAt + balancerBlindSeconds;
    if (isBlind && this.#random.next() < this.#lostShare) return 'nobody';
    return this.#take(second, untilSecond) ? 'room' : 'full';
  }

  #arrive(second: number): void {
    for (let n = this.#random.poisson(this.#request.arrivals(second)); n > 0; n--) {
      this.#counts.callsOffered++;
      if (this.#attempt(second, second + this.#length()) !== 'room') this.#counts.callsRefused++;
    }
  }

  #failures(second: number): void {
    if (second !== this.#request.loseZoneAt) return;
    this.#isZoneLost = true;
    this.#storm = new ReconnectStorm(this.#random);
    const lost = this.#pods.filter(({ zone }) => zone === 0);
    this.#lostShare = lost.length / this.#pods.length;
    this.#pods = this.#pods.filter(({ zone }) => zone !== 0);
    for (const { calls } of lost)
      for (const until of calls.take(second, Number.POSITIVE_INFINITY))
        if (this.#random.next() < this.#request.movableShare) this.#storm.add(second, until);
        else this.#counts.callsLost++;
  }

  #startDrain(pod: Pod, second: number): void {
    pod.drainsSince = second;
    pod.movable = Math.round(pod.calls.open * this.#request.movableShare);
  }

  #drain(second: number): void {
    const { drainSeconds, movesPerSecond } = this.#request;
    for (const pod of this.#pods) {
      if (pod.drainsSince === null) continue;
      const moving = pod.calls.take(second, Math.min(pod.movable, movesPerSecond));
      pod.movable -= moving.length;
      for (const until of moving)
        if (this.#take(second, until)) this.#counts.callsMoved++;
        // A client tries for a minute; here the stream stays until there is room, as its server would keep it.
        else pod.calls.add(until);
      if (second - pod.drainsSince >= drainSeconds)
        this.#counts.callsCutByDrain += pod.calls.take(second, Number.POSITIVE_INFINITY).length;
    }
    this.#pods = this.#pods.filter(({ drainsSince, calls }) => drainsSince === null || calls.open > 0);
  }

  #scale(second: number): void {
    const { loseZoneAt, evictionSeconds, podStartSeconds, metricLagSeconds } = this.#request;
    const current = this.#pods.filter(({ drainsSince }) => drainsSince === null);
    const ready = current.filter(({ readyAt }) => readyAt <= second);
    const open = ready.reduce((sum, { calls }) => sum + calls.open, 0);
    const load = open / (ready.length * this.#request.streamsPerPod) || 0;
    this.#past.push({ pods: ready.length, load });
    if (this.#past.length > metricLagSeconds + 1) this.#past.shift();
    const known = this.#past[0]!;
    if (second % syncSeconds === 0 && ready.length > 0)
      this.#wanted = this.#autoscaler.next(second, this.#wanted, known.pods, known.load);
    // Kubernetes goes on believing in pods of nodes that are silent for a while.
    const isBlind = loseZoneAt !== undefined && second >= loseZoneAt && second < loseZoneAt + evictionSeconds;
    const believed = isBlind
      ? Math.max(current.length, this.#believedPods ?? current.length)
      : current.length;
    if (!isBlind) this.#believedPods = current.length;
    for (let n = believed; n < this.#wanted; n++) {
      this.#addPod(second + podStartSeconds);
      if (isBlind) this.#believedPods = believed + (n - believed) + 1;
    }
    const surplus = current.length - this.#wanted;
    const isRolling = this.#isNewGeneration && this.#rollOutReplaced === null;
    if (surplus > 0 && !isRolling)
      for (const pod of [...current].sort((a, b) => a.calls.open - b.calls.open).slice(0, surplus))
        this.#startDrain(pod, second);
    if (loseZoneAt !== undefined && second >= loseZoneAt) {
      this.#worstAfterLoss = Math.max(this.#worstAfterLoss, load);
      if (second > loseZoneAt + evictionSeconds && ready.length >= this.#wanted) this.#podsBack ??= second;
    }
  }

  /** One pod more than wanted at a time: a new one is ready, then an old one goes (`maxSurge` 1, `maxUnavailable` 0). */
  #rollOut(second: number): void {
    const { rollOutAt, podStartSeconds } = this.#request;
    if (rollOutAt === undefined || second < rollOutAt || this.#rollOutGone !== null) return;
    this.#isNewGeneration = true;
    const current = this.#pods.filter(({ drainsSince }) => drainsSince === null);
    const old = current.filter(({ isNew }) => !isNew);
    if (old.length === 0) this.#rollOutReplaced ??= second;
    if (!this.#pods.some(({ isNew }) => !isNew)) this.#rollOutGone = second;
    const isStarting = current.some(({ isNew, readyAt }) => isNew && readyAt > second);
    if (isStarting || old.length === 0) return;
    if (current.length > this.#wanted) this.#startDrain(old[0]!, second);
    else this.#addPod(second + podStartSeconds);
  }

  #observe(second: number): FleetSample {
    const ready = this.#pods.filter(({ drainsSince, readyAt }) => drainsSince === null && readyAt <= second);
    const calls = this.#pods.reduce((sum, pod) => sum + pod.calls.open, 0);
    const drainingPods = this.#pods.filter(({ drainsSince }) => drainsSince !== null).length;
    const { load } = this.#past.at(-1)!;
    this.#podSeconds += this.#pods.length;
    this.#peaks.peakCalls = Math.max(this.#peaks.peakCalls, calls);
    this.#peaks.peakPods = Math.max(this.#peaks.peakPods, this.#pods.length);
    this.#peaks.peakReadyPods = Math.max(this.#peaks.peakReadyPods, ready.length);
    this.#peaks.worstLoad = Math.max(this.#peaks.worstLoad, load);
    return { second, calls, readyPods: ready.length, drainingPods, load };
  }
}
