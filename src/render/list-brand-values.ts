import type { Campaign } from '../campaign/campaign.js';
import type { BrandValues } from './compile-markup.js';
import { logoContentId } from './mail-content.js';
import { derivePalette, ink } from './palette.js';

/** A letter of the bold sans-serif is about 0.57 of its size wide; 278 px is a phone's line of 320 less the padding. */
const letterWidth = 0.57;
const phoneLine = 278;

/**
 * What `[[...]]` knows: colours, sizes and the logo's address. All are numbers and `#rrggbb`, checked by the
 * campaign's schema, so that nothing a person typed reaches MJML, which sanitises nothing.
 */
export function listBrandValues({ organisation, portal }: Campaign): { brand: BrandValues; linkStyle: string } {
  const palette = derivePalette(organisation.colours);
  const fitting = Math.floor(phoneLine / (portal.url.length * letterWidth));
  const brand: BrandValues = {
    ...palette,
    ink,
    logoSource: `cid:${logoContentId}`,
    logoWidth: organisation.logo.width,
    logoHeight: organisation.logo.height,
    // The whole address on one line of a small phone, so that it can be read and typed.
    addressSize: Math.max(14, Math.min(18, fitting)),
  };
  return { brand, linkStyle: `color:${palette.link};text-decoration:underline;word-break:break-word` };
}
