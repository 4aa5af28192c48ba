// Interventions as text, ADDRESS=ACTION, such as dec.3.cross.head5=off(mean).
//
//   enc.SET, dec.SET                        =off          the whole layer
//   enc.SET.ffn, dec.SET.ffn, MODULE        =off          one branch of it
//   MODULE.headSET                          =off(zero) | off(mean)
//   MODULE[.headSET].levelSET.pointSET      =off(renorm) | off(drop)     level or point alone too
//   MODULE[.headSET].weights                =uniform | mean | argmax | temperature(T) | values(V V ...)
//   MODULE[.headSET][.levelSET][.pointSET].offset
//                                           =scale(A) | rotate(DEGREES) | jitter(SIGMA[,SEED]) | freeze | mean |
//                                            at(X,Y) | at(X Y;X Y)
//   MODULE[.headSET], ....weights, ....offset
//                                           =patch(FILE)
//   dec.SET.cross.reference                 =move(DX,DY) | set(X,Y)
//   query[SET]                              =off | off(key) | off(output)
//   memory.region(X,Y,W,H), memory.region(X Y;X Y;X Y)
//                                           =forbid | prefer(BETA)
//   output                                  =layer(J)
//
// MODULE is enc.SET.self (or enc.SET), dec.SET.cross or dec.SET.self; the last has no levels, points and offsets. After
// head, level and point may stand .query[SET]: these queries' attention alone. SET is *, 5, 0-2 or a list 1,3,5-7. The
// first option of `off` may be left out; of a module without head, off(zero) means all its heads, off the branch.
// FILE is an image or weights (patch_source.h).
// Spaces may stand around = , ; and inside ( ). Numbers are plain decimals.
#pragma once

#include <string>
#include <string_view>

#include "saccade/explain/intervention.h"

namespace saccade {

// Throws UsageError of three lines: what was expected, the text, a caret under the fault. Whether a model has
// what is named is for check_interventions (intervention_check.h).
Intervention parse_intervention(std::string_view text);

// The one text of a change, which reads back to the same change.
std::string canonical_text(const AttentionChange& change);

}  // namespace saccade
