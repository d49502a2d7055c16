/** What a librarian hears without looking: done, look here (a hold, a fee), and no. */
export type Tune = 'good' | 'look' | 'bad'

/** Pitch in Hz of each tone of a tune, one after the other. */
const TUNES: Readonly<Record<Tune, readonly number[]>> = {
  good: [880],
  look: [660, 990, 660],
  bad: [220, 180],
}
const TONE_S = 0.11
const LOUD = 0.15

let audio: AudioContext | undefined

/** Plays it, where the browser lets us: only after a key was pressed, which every scan is. */
export function play(tune: Tune): void {
  try {
    audio ??= new AudioContext()
    const { currentTime, destination } = audio
    void audio.resume()
    for (const [index, pitch] of TUNES[tune].entries()) {
      const tone = audio.createOscillator()
      const volume = audio.createGain()
      tone.frequency.value = pitch
      tone.type = tune === 'bad' ? 'square' : 'sine'
      volume.gain.value = LOUD
      tone.connect(volume).connect(destination)
      tone.start(currentTime + index * TONE_S)
      tone.stop(currentTime + (index + 1) * TONE_S * 0.9)
    }
  } catch {
    // A device without sound: colour and words say the same.
  }
}
