import { join, resolve } from 'node:path'
import type { FileStore } from '../files/file-store.ts'
import { createFolderStore } from '../files/folder-store.ts'
import { createS3Store } from '../files/s3-store.ts'
import { guessable, notOverTheNetwork, optional, setting, text, url, type ValuesOf } from '../settings.ts'

/** Where pictures are kept: those of the shop, and those of covers of books. */
export const PICTURE_SETTINGS = {
  picturesFolder: optional(
    'PICTURES_FOLDER',
    'Folder of pictures of items, reviews and covers of books: a volume that all processes which show them share (default: `pictures` in DATA_DIR)',
    text,
  ),
  picturesS3Url: optional(
    'PICTURES_S3_URL',
    'Bucket for pictures in place of a folder, in S3 or in a storage that speaks its language: `https://storage.example/bucket`',
    url('http:', 'https:'),
    { refuse: notOverTheNetwork },
  ),
  picturesS3Region: setting('PICTURES_S3_REGION', 'us-east-1', 'Region of the bucket', text),
  picturesS3KeyId: optional('PICTURES_S3_KEY_ID', 'Access key id for the bucket', text, { secret: true }),
  picturesS3Secret: optional('PICTURES_S3_SECRET', 'Secret access key for the bucket', text, {
    secret: true,
    refuse: guessable,
  }),
} as const

type PictureSettings = ValuesOf<typeof PICTURE_SETTINGS>

/** A bucket needs its keys, and is in place of the folder. */
export function halfABucket(values: Partial<PictureSettings>): string[] {
  const { picturesS3Url, picturesS3KeyId, picturesS3Secret, picturesFolder } = values
  if (picturesS3Url === undefined) return []
  return [
    ...(picturesS3KeyId === undefined || picturesS3Secret === undefined
      ? ['PICTURES_S3_URL=…: needs PICTURES_S3_KEY_ID and PICTURES_S3_SECRET']
      : []),
    ...(picturesFolder === undefined
      ? []
      : ['PICTURES_FOLDER and PICTURES_S3_URL: pictures are kept in one place']),
  ]
}

/** Where pictures are kept: a bucket where one is set, else a folder. */
export function pictureFiles(settings: PictureSettings, dataDir: string): FileStore {
  const { picturesFolder = join(resolve(dataDir), 'pictures'), picturesS3Url } = settings
  const { picturesS3Region: region, picturesS3KeyId: keyId, picturesS3Secret: secret } = settings
  return picturesS3Url === undefined || keyId === undefined || secret === undefined
    ? createFolderStore(picturesFolder)
    : createS3Store({ url: picturesS3Url, region, keyId, secret })
}
