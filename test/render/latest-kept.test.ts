import { describe, expect, test } from '@jest/globals';
import { compileStep } from '../../src/render/compile-step.js';
import { LatestKept } from '../../src/render/latest-kept.js';
import { anna, sampleCampaign, sampleContent, sampleDates, sampleMoment } from './sspr-mail.js';

describe('what is costly to make', () => {
  test('is made once, also for those who ask while it is being made', async () => {
    const kept = new LatestKept<number>(2);
    let made = 0;
    const make = async () => {
      made += 1;
      return made;
    };
    expect(await Promise.all([kept.find('a', make), kept.find('a', make)])).toEqual([1, 1]);
    expect(await kept.find('a', make)).toBe(1);
  });

  test('is kept for the names asked for last, and no more', async () => {
    const kept = new LatestKept<string>(2);
    const made: string[] = [];
    const find = (name: string) =>
      kept.find(name, async () => {
        made.push(name);
        return name;
      });
    for (const name of ['a', 'b', 'a', 'c', 'a', 'b']) expect(await find(name)).toBe(name);
    // "a" was asked for after "b" when "c" came.
    expect(made).toEqual(['a', 'b', 'c', 'b']);
  });

  test('is tried again after a failure', async () => {
    const kept = new LatestKept<string>(2);
    await expect(kept.find('a', () => Promise.reject(new Error('not now')))).rejects.toThrow('not now');
    expect(await kept.find('a', async () => 'made')).toBe('made');
  });
});

describe('a step that is compiled again', () => {
  const step = 'coming-soon';
  /** Content read anew, as from a database, that counts how often its layout is read. */
  function readAgain(title: string) {
    let reads = 0;
    const en = 'pack/strings/en.json';
    const changed: Record<string, string> = {
      ...sampleContent.files,
      [en]: sampleContent.files[en]!.replaceAll('Coming soon', title),
    };
    const files = new Proxy(changed, {
      get: (target, name: string) => {
        if (name === 'layout.mjml') reads += 1;
        return target[name] ?? '';
      },
    });
    return { content: { ...sampleContent, files }, reads: () => reads };
  }
  const compile = async (content: typeof sampleContent) => {
    const compiled = await compileStep({ campaign: sampleCampaign, step, dates: sampleDates[step], content });
    return compiled.fill(anna, sampleMoment).html;
  };

  test('is not prepared again where nothing but its dates may differ', async () => {
    const [first, second] = [readAgain('Soon to come'), readAgain('Soon to come')];
    expect(await compile(first.content)).toBe(await compile(second.content));
    expect(first.reads()).toBeGreaterThan(1);
    // Once: to see that it is the same.
    expect(second.reads()).toBe(1);
  });

  test('shows what has changed', async () => {
    expect(await compile(readAgain('Soon to come').content)).toContain('Soon to come');
    expect(await compile(readAgain('Still to come').content)).toContain('Still to come');
  });
});
