/** Zone abbreviations that Java's formatter reads, by the region each stands for; the region's own rules then decide. */
const ABBREVIATIONS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    GMT: 'UTC',
    UTC: 'UTC',
    EST: 'America/New_York',
    EDT: 'America/New_York',
    CST: 'America/Chicago',
    CDT: 'America/Chicago',
    MST: 'America/Denver',
    MDT: 'America/Denver',
    PST: 'America/Los_Angeles',
    PDT: 'America/Los_Angeles',
    CET: 'Europe/Paris',
    CEST: 'Europe/Paris',
    EET: 'Europe/Helsinki',
    EEST: 'Europe/Helsinki',
    JST: 'Asia/Tokyo',
  }),
);

/** ±18:00, as Java bounds offsets. */
const MAX_OFFSET_SECONDS = 18 * 3600;
const OFFSET = /^([+-])(\d{2})(?::?(\d{2})(?::?(\d{2}))?)?$/;

/** How far local time is ahead of UTC at a local moment, in milliseconds; null for an unknown zone. */
export type ZoneOffset = (localMillis: number) => number | null;

/** A zone as it may stand behind a timestamp: `Z`, an offset, `UTC±hh:mm`, an abbreviation or a region's name. */
export function parseZone(text: string): ZoneOffset | null {
  if (text === 'Z') return () => 0;
  const offset = parseOffset(text.replace(/^(?:UTC|GMT|UT)(?=[+-])/, ''));
  if (offset !== null) return () => offset;
  const region = ABBREVIATIONS.get(text) ?? (/^[A-Za-z_]+(?:\/[A-Za-z_+\-0-9]+)+$/.test(text) ? text : null);
  if (region === null || !isRegion(region)) return null;
  return (localMillis) => regionOffset(region, localMillis);
}

function parseOffset(text: string): number | null {
  const match = OFFSET.exec(text);
  if (match === null) return null;
  const [hours, minutes, seconds] = [match[2], match[3] ?? '0', match[4] ?? '0'].map(Number) as [
    number,
    number,
    number,
  ];
  const total = hours * 3600 + minutes * 60 + seconds;
  if (minutes > 59 || seconds > 59 || total > MAX_OFFSET_SECONDS) return null;
  return (match[1] === '-' ? -total : total) * 1000;
}

function isRegion(region: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: region });
    return true;
  } catch {
    return false;
  }
}

/** The earlier offset wins in an overlap and the time before a gap counts, as in Java's ZonedDateTime. */
function regionOffset(region: string, localMillis: number): number {
  const before = offsetAt(region, localMillis - 86_400_000);
  return offsetAt(region, localMillis - before) === before
    ? before
    : offsetAt(region, localMillis - offsetAt(region, localMillis));
}

function offsetAt(region: string, utcMillis: number): number {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: region, timeZoneName: 'longOffset' });
  const name = format.formatToParts(utcMillis).find((part) => part.type === 'timeZoneName')?.value ?? 'GMT';
  return parseOffset(name.replace('GMT', '')) ?? 0;
}
