import type { Plan } from '../campaign/plan.js';

/** Contoso, 250 rows of people as Entra's "Download users" has them, and who of them registers when. */
export interface DemoOrganisation {
  /** Header and rows. */
  people: string[][];
  /** Graph's registration details, with a `registeredAt` column for the simulation. */
  registrations: string[][];
}

const dutch = {
  usageLocation: 'NL',
  given: [
    'Anna',
    'Bram',
    'Daan',
    'Emma',
    'Femke',
    'Jesse',
    'Lotte',
    'Noor',
    'Sanne',
    'Thijs',
    'Willemijn',
    'Ruben',
    'Joëlle',
    'Sjoerd',
  ],
  surnames: [
    'de Vries',
    'Bakker',
    'van den Berg',
    'Jansen',
    'Smit',
    'Mulder',
    'Dijkstra',
    'van Leeuwen',
    'Çelik',
    'Hoekstra',
  ],
};
const british = {
  usageLocation: 'GB',
  given: [
    'Alice',
    'Ben',
    'Chloe',
    'David',
    'Eleanor',
    'Finn',
    'Grace',
    'Harry',
    'Imogen',
    'Siobhán',
    'Oliver',
    'Priya',
    'Zoë',
  ],
  surnames: ['Smith', 'Jones', 'Taylor', "O'Neill", 'Patel', 'Wright', 'Walker', 'Hughes', 'Ahmed', 'Edwards', 'Green'],
};
const departments = ['Finance', 'Human Resources', 'Operations', 'Sales', 'Legal', 'Research', 'Customer Care'];

const rows = 250;
const disabledEvery = 20;
const guestEvery = 25;
const withoutMailEvery = 60;
const minuteMs = 60_000;

const peopleHeader = [
  ...['userPrincipalName', 'displayName', 'surname', 'mail', 'givenName', 'objectId'],
  ...['userType', 'jobTitle', 'department', 'accountEnabled', 'usageLocation'],
];
const registrationsHeader = [
  ...['Id', 'UserPrincipalName', 'UserDisplayName', 'IsAdmin', 'IsSsprCapable', 'MethodsRegistered', 'registeredAt'],
];

/** The same organisation every time, so that its figures can be talked about; dates follow the plan. */
export function createDemoOrganisation(plan: Plan): DemoOrganisation {
  const random = createRandom(2027);
  const people: string[][] = [peopleHeader];
  const registrations: string[][] = [registrationsHeader];
  const register = createRegistrar(plan, random);
  for (let number = 1; number <= rows; number += 1) {
    const person = createPerson(number, random);
    people.push(person.row);
    registrations.push(describeRegistration(person, register()));
  }
  // What real lists have: one person twice, in another spelling; and registrations of people who have left.
  const twice = [...(people[5] ?? [])];
  twice[3] = (twice[3] ?? '').toUpperCase();
  people.push(twice);
  const left = { objectId: createObjectId(random), upn: 'left.long.ago@contoso.com', displayName: 'Left Long Ago' };
  registrations.push([left.objectId, left.upn, left.displayName, 'False', 'True', 'email', '']);
  return { people, registrations };
}

interface DemoPerson {
  objectId: string;
  upn: string;
  displayName: string;
  /** As `peopleHeader` has it. */
  row: string[];
}

function createPerson(number: number, random: () => number): DemoPerson {
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;
  const home = random() < 0.6 ? dutch : british;
  const [given, surname, department] = [pick(home.given), pick(home.surnames), pick(departments)];
  const local = `${given}.${surname.replace(/[ ']/g, '')}${number}`
    .normalize('NFD')
    .replace(/[^a-zA-Z0-9.]/g, '')
    .toLowerCase();
  const guest = number % guestEvery === 0;
  const objectId = createObjectId(random);
  const displayName = `${given} ${surname}`;
  const upn = createSignInName(local, number, guest);
  const mail = number % withoutMailEvery === 0 ? '' : `${local}@${guest ? 'fabrikam.com' : 'contoso.com'}`;
  const jobTitle = pick(['Advisor', 'Manager', 'Specialist', 'Analyst']);
  const enabled = number % disabledEvery === 0 ? 'False' : 'True';
  return {
    ...{ objectId, upn, displayName },
    row: [
      ...[upn, displayName, surname, mail, given, objectId],
      ...[guest ? 'Guest' : 'Member', jobTitle, department, enabled, home.usageLocation],
    ],
  };
}

/** The sign-in name is often not the mail address: registrations must find their person all the same. */
function createSignInName(local: string, number: number, guest: boolean): string {
  if (guest) return `${local}_fabrikam.com#EXT#@contoso.onmicrosoft.com`;
  return number % 3 === 0 ? `c${10_000 + number}@contoso.com` : `${local}@contoso.com`;
}

function describeRegistration({ objectId, upn, displayName }: DemoPerson, moment: Moment): string[] {
  const at = moment === 'from the start' ? '' : (moment?.toISOString() ?? '');
  const registered = moment !== undefined;
  return [
    objectId,
    upn,
    displayName,
    'False',
    registered ? 'True' : 'False',
    registered ? 'mobilePhone;email' : '',
    at,
  ];
}

/** When somebody registers, if ever. */
type Moment = Date | 'from the start' | undefined;

/** One in eight has registered before; most follow after Available Now and after each reminder; some never do. */
function createRegistrar({ steps }: Plan, random: () => number): () => Moment {
  const instants = steps.filter(({ kind }) => kind !== 'coming-soon').map(({ sendAt }) => sendAt.getTime());
  const shares = [0.45, 0.5, 0.4];
  return () => {
    if (random() < 0.125) return 'from the start';
    for (const [index, instant] of instants.entries()) {
      if (random() >= (shares[index] ?? 0.3)) continue;
      const until = (instants[index + 1] ?? instant + 7 * 1440 * minuteMs) - 1000;
      // Most within a day or two; the last of them a second before the next mail.
      return new Date(Math.min(until, instant + Math.floor(random() ** 3 * 7 * 1440) * minuteMs + 20 * minuteMs));
    }
    return undefined;
  };
}

function createObjectId(random: () => number): string {
  const hex = (length: number) => Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join('');
  return `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`;
}

/** Mulberry32: small, seeded, good enough to make up people. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
