/**
 * Colours that stay readable whatever the brand's are.
 *
 * One rule carries the rest: a fill under text is always dark, its text always white. Mail programs that
 * recolour for the dark flip dark text to white but leave a bright fill alone, so dark text on a yellow button
 * would become white on yellow. Contrast is WCAG 2.2's (1.4.3: 4.5:1 for text, 1.4.11: 3:1 for edges),
 * with a little to spare for rounding.
 */
export interface Palette {
  /** Under white text: the title block and the button. */
  fill: string;
  /** The thin line under the title block: decoration. */
  stripe: string;
  /** Small text on `fill`. */
  eyebrow: string;
  /** Links, labels and list numbers on white and on `panel`. */
  link: string;
  panel: string;
  linkDark: string;
  panelDark: string;
  /** The button's outline on a dark page. */
  edgeDark: string;
}

export const ink = '#1f2933';
/** The card in dark mode. */
export const darkCard = '#1a2023';
const white = '#ffffff';

const textContrast = 4.6;
/** Coloured text on a dark card looks thinner than its figure says. */
const darkTextContrast = 5.5;
const edgeContrast = 3.2;
/** Darkened by more than this, a colour is no longer the brand's. */
const farthestShade = 0.14;

type Triple = readonly [number, number, number];

function parseHex(colour: string): Triple {
  const value = Number.parseInt(colour.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

function formatHex(channels: readonly number[]): string {
  return `#${channels.map((channel) => Math.round(channel).toString(16).padStart(2, '0')).join('')}`;
}

function luminance(colour: string): number {
  const [red, green, blue] = parseHex(colour).map((channel) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as unknown as Triple;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Contrast ratio of two colours, 1 to 21 (WCAG 2.2, "contrast ratio"). */
export function contrastOf(one: string, other: string): number {
  const [a, b] = [luminance(one), luminance(other)];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

function blend(one: string, other: string, share: number): string {
  const target = parseHex(other);
  return formatHex(parseHex(one).map((channel, index) => channel + ((target[index] ?? 0) - channel) * share));
}

function toHsl(colour: string): Triple {
  const [red, green, blue] = parseHex(colour).map((channel) => channel / 255) as unknown as Triple;
  const top = Math.max(red, green, blue);
  const low = Math.min(red, green, blue);
  const spread = top - low;
  const lightness = (top + low) / 2;
  if (spread === 0) return [0, 0, lightness];
  const sector =
    top === red
      ? ((green - blue) / spread + 6) % 6
      : top === green
        ? (blue - red) / spread + 2
        : (red - green) / spread + 4;
  return [sector * 60, spread / (1 - Math.abs(2 * lightness - 1)), lightness];
}

function fromHsl(hue: number, saturation: number, lightness: number): string {
  const reach = saturation * Math.min(lightness, 1 - lightness);
  const channel = (start: number) => {
    const place = (start + hue / 30) % 12;
    return 255 * (lightness - reach * Math.max(-1, Math.min(place - 3, 9 - place, 1)));
  };
  return formatHex([channel(0), channel(8), channel(4)]);
}

/** The shade of `colour` nearest to it that reaches `least` against every ground, going darker or lighter. */
function shadeUntil(
  colour: string,
  grounds: readonly string[],
  least: number,
  way: 'darker' | 'lighter',
  mostSaturation = 0.65,
): string {
  const reads = (shade: string) => grounds.every((ground) => contrastOf(shade, ground) >= least);
  if (reads(colour)) return colour;
  const [hue, saturation, start] = toHsl(colour);
  // A neon colour on a dark card tires the eye.
  const calm = way === 'lighter' ? Math.min(saturation, mostSaturation) : saturation;
  const step = way === 'lighter' ? 0.01 : -0.01;
  for (let lightness = start; lightness >= 0 && lightness <= 1; lightness += step) {
    const shade = fromHsl(hue, calm, lightness);
    if (reads(shade)) return shade;
  }
  return way === 'lighter' ? white : '#000000';
}

/** The whole palette from the two brand colours (`#rrggbb`). */
export function derivePalette({ primary, accent }: { primary: string; accent: string }): Palette {
  const near = shadeUntil(primary, [white], textContrast, 'darker');
  const primaryHolds = toHsl(primary)[2] - toHsl(near)[2] <= farthestShade;
  const accentHolds = contrastOf(accent, white) >= textContrast;
  const fill = primaryHolds ? near : accentHolds ? accent : ink;
  const stripe = primaryHolds ? accent : primary;
  const tone = fill === ink ? primary : fill;
  const panel = blend(primary, white, 0.93);
  const panelDark = blend(primary, '#232a2e', 0.9);
  return {
    fill,
    stripe,
    eyebrow: shadeUntil(stripe, [fill], textContrast, 'lighter', 1),
    link: shadeUntil(tone, [white, panel], textContrast, 'darker'),
    panel,
    linkDark: shadeUntil(tone, [darkCard, panelDark], darkTextContrast, 'lighter'),
    panelDark,
    edgeDark: shadeUntil(fill, [panelDark], edgeContrast, 'lighter'),
  };
}
