import { expect, it } from 'vitest'
import { emptyRegisters, packSketch } from './hyperloglog.ts'
import { registersInRedis } from './redis-sketch.ts'

const HEAD = (encoding: number) => [...Buffer.from('HYLL'), encoding, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80]
const sparse = (...codes: number[]) => Uint8Array.from([...HEAD(1), ...codes])

it('reads runs of empty registers, short and long, and runs of equal ones', () => {
  // Two empty, three with 5, one empty, 300 empty, one with 32, the rest empty.
  const bytes = sparse(0x01, 0x80 | (4 << 2) | 2, 0x00, 0x40 | 1, 43, 0x80 | (31 << 2), 0x7e, 0x7f)
  const expected = emptyRegisters().fill(5, 2, 5)
  expected[306] = 32
  expect(registersInRedis(bytes)).toEqual(expected)
  expect(registersInRedis(sparse(0x7f, 0xff))).toEqual(emptyRegisters())
})

it('reads all registers in six bits each', () => {
  const registers = emptyRegisters().map((_, index) => (index % 51) + 1)
  expect(registersInRedis(Uint8Array.from([...HEAD(0), ...packSketch(registers)]))).toEqual(registers)
})

it('takes nothing else for a sketch', () => {
  expect(registersInRedis(new Uint8Array())).toBeUndefined()
  expect(registersInRedis(Buffer.from('HYLX'.padEnd(20, '\0')))).toBeUndefined()
  expect(registersInRedis(Uint8Array.from([...HEAD(0), 1, 2, 3]))).toBeUndefined()
})
