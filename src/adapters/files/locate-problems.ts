import { join, relative } from 'node:path';
import { BadInput, type Problem } from '../../campaign/problem.js';

/** Where the files of a campaign's mails really lie. */
export interface ContentPlaces {
  campaignFile: string;
  packFolder: string;
  /** Folder of the shipped templates, which has the layout. */
  layoutFolder: string;
}

/**
 * Do something with a campaign and its mails. Their problems name files as the mails know them (`pack/strings/nl.json`);
 * here they get the paths that a person can open, and those without a file get the campaign file's name.
 */
export async function locateProblems<Result>(places: ContentPlaces, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof BadInput
      ? new BadInput(error.problems.map((problem) => locateProblem(problem, places)))
      : error;
  }
}

function locateProblem(problem: Problem, { campaignFile, packFolder, layoutFolder }: ContentPlaces): Problem {
  const { file, field } = problem;
  // A field such as `--step` is one of the command line.
  if (file === undefined)
    return field === undefined || field.startsWith('--') ? problem : { ...problem, file: campaignFile };
  if (file.startsWith('pack/')) return { ...problem, file: nearPath(join(packFolder, file.slice('pack/'.length))) };
  if (/^layout\.(mjml|txt\.hbs)$/.test(file)) return { ...problem, file: nearPath(join(layoutFolder, file)) };
  return problem;
}

/** As short as it can be named from here. */
function nearPath(path: string): string {
  const near = relative(process.cwd(), path);
  return near.startsWith('..') ? path : near;
}
