import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Workspace } from '../../src/plan/workspace.js';
import { findDeployment } from '../../src/project/deployment.js';
import { makeFolder } from '../cli/support/folders.js';

describe('findDeployment', () => {
  it('finds files by their usual names, in the usual folders', () => {
    const root = makeFolder({
      Dockerfile: '',
      'Dockerfile.dev': '',
      'Dockerfile.dockerignore': '',
      'Dockerfiles.md': '',
      'docker/api.Dockerfile': '',
      'examples/Dockerfile': '',
      '.gitpod.Dockerfile': '',
      'node_modules/express/Dockerfile': '',
      'compose.yaml': '',
      'docker-compose.override.yml': '',
      'composer.yml': '',
      'deploy/systemd/shop@.service': '',
      'deploy/shop.service.d/x.conf': '',
      'shop.service.ts': '',
      Procfile: '',
    });
    expect(findDeployment(new Workspace(root))).toEqual({
      dockerfiles: ['Dockerfile', 'Dockerfile.dev', 'docker/api.Dockerfile'],
      composeFiles: ['compose.yaml', 'docker-compose.override.yml'],
      units: ['deploy/systemd/shop@.service'],
      procfile: 'Procfile',
    });
  });

  it('finds nothing where there is nothing, or what is there cannot be read as text of the target', () => {
    const nothing = { dockerfiles: [], composeFiles: [], units: [], procfile: undefined };
    expect(findDeployment(new Workspace(makeFolder()))).toEqual(nothing);
    const outside = makeFolder({ Dockerfile: 'FROM node\n' });
    const root = makeFolder({ 'Dockerfile/README': '', docker: 'a file', 'build/compose.yml/x': '' });
    symlinkSync(join(outside, 'Dockerfile'), join(root, 'Dockerfile.prod'));
    symlinkSync(outside, join(root, 'deploy'));
    expect(findDeployment(new Workspace(root))).toEqual(nothing);
  });
});
