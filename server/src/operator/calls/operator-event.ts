/**
 * A kept event as operators may see it: as in the view of running streams, nothing of who it is that the client said, and
 * nothing of how an agent sounds.
 */
type Fields = Readonly<Record<string, unknown>>;

/**
 * @param event parsed JSON, whoever wrote it
 * @returns null for what is not shown, and `undefined` for what is no event
 */
export function operatorEvent(event: unknown): Fields | null | undefined {
  if (!isRecord(event) || !isRecord(event.data)) return undefined;
  const { specversion, id, type, subject, time, data } = event;
  if (typeof id !== 'string' || typeof subject !== 'string' || typeof type !== 'string') return undefined;
  const shown = operatorData(data);
  return shown && { specversion, id, type, subject, time, datacontenttype: 'application/json', data: shown };
}

function operatorData(data: Fields): Fields | null {
  switch (data.type) {
    case 'Begin':
      return beginOf(data);
    case 'Emotion':
    case 'Alert':
      return data.role === 'agent' ? null : data;
    case 'Summary':
      return summaryOf(data);
    case 'Gap':
    case 'Error':
      return data;
    default:
      return null;
  }
}

/** Without tag, metadata and trace, which are the client's. */
function beginOf({ type, session_id, model, config }: Fields): Fields {
  const { channels, channel_roles, analyze, encoding, sample_rate } = isRecord(config) ? config : {};
  return { type, session_id, model, config: { channels, channel_roles, analyze, encoding, sample_rate } };
}

function summaryOf(data: Fields): Fields {
  const channels = Array.isArray(data.per_channel) ? data.per_channel : [];
  return { ...data, per_channel: channels.filter((each) => isRecord(each) && each.role !== 'agent') };
}

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
