// Values as the official suite posts them where they cannot be guessed from the kind: within the words' range, or beyond
// what one would think of.
export const VALUES = {
  collectrequest: { eccentricity: 1.1, taskGroup: '729' },
  conjunction: { collisionProb: 0.5, eventId: 'some.user', tags: ['PROVIDER_TAG1', 'PROVIDER_TAG1'] },
  diffofarrival: { tdoaUnc: 2e-7 },
  emireport: { alt: 1750, geoLocErrEllp: [22.1, 2.5, 11.1] },
  eoobservation: { 'eoobservationDetails.solarDiskFrac': 123.2,
    'eoobservationDetails.neutralDensityFilterTransmissions': [1.1, 2.1, 3.1] },
  maneuver: { characterizationUnc: 0.15, maneuverUnc: 0.5, cov: [0], reportTime: '2018-01-01T16:00:00.0001Z', postRadiationPressCoeff: 4.51e-7 },
  obscorrelation: { corrQuality: 0.96 },
  rfobservation: { confidence: 10.1, confidences: [1.1, 2.2], bitErrorRate: 10.1, transmitFilterRollOff: 10.1,
    innerCodingRate: 7 },
  sensor: { 'sensorcharacteristics.dutyCycle': 0.5, 'sensorcharacteristics.quantumEff': 0.5 },
  site: { reviewDate: '2008-06-10' },
  statevector: { cov: [1.1, 2.2] },
  taiutc: { adjustmentDate: '2017-01-01T00:00:00.123Z', taiUTC: 1.422818 },
};
