extension Clues {
  /// Learnt by `ReadingBench fit=…` from one half of the questions of HotpotQA, MuSiQue, 2Wiki and SQuAD.
  static let table = """
    a person: name 1.86 quoted -0.1 pair -0.35 date -1.61 year -2.11 period -2.21 number -2.48 measure -2.28
    a person: phrase -0.1 long -0.71 title -0.75
    a group: name 2.13 quoted -0.84 pair 0.07 date -1.52 year -1.96 period -1.66 number -2.31 measure -3.06
    a group: phrase -0.72 long -0.07 title -2.9
    a work: name 0.31 quoted 2.59 pair -2.3 date -2.53 year -2.85 period -2.92 number -1.96 measure -2.6
    a work: phrase -2.75 long -1.33 title 0.27
    a place: name 1.14 quoted -0.78 pair 1.41 date -2.59 year -2.96 period -2.34 number -1.62 measure -1.96
    a place: phrase -0.75 long -0.69 title -2.02
    a date: name -2.95 quoted -1.55 pair -3.14 date 2.78 year 1.7 period 1.29 number -0.87 measure -0.98
    a date: phrase -2.2 long -1.38 title -3.01
    a year: name -3.4 quoted -1.6 pair -1.13 date -2.62 year 2.95 period 2.83 number -2.43 measure -2.55
    a year: phrase -0.93 long -3.0 title -2.13
    a count: name -3.37 quoted -1.37 pair -2.15 date -1.43 year -1.03 period 1.24 number 2.48 measure 0.21
    a count: phrase -1.75 long -1.71 title -2.3
    a amount: name -3.22 quoted -2.06 pair -1.78 date -1.99 year 0.16 period -1.39 number 0.91 measure 1.78
    a amount: phrase -1.67 long -0.99 title -2.75
    a people: name 1.86 quoted -2.3 pair -1.01 date -0.52 year -1.47 period -1.09 number -1.48 measure -1.62
    a people: phrase -1.63 long -0.05 title -2.25
    a occupation: name 0.14 quoted -1.79 pair -1.39 date -1.02 year -1.44 period -0.81 number -1.69
    a occupation: measure -1.91 phrase 1.25 long -0.33 title -1.77
    a sort: name -0.24 quoted 1.85 pair -1.76 date -1.91 year -1.64 period -0.92 number -1.89 measure -0.38
    a sort: phrase 0.8 long -0.68 title -1.38
    a manner: name -1.64 quoted 0.05 pair -1.47 date -2.14 year -2.41 period -0.83 number -0.47 measure -0.29
    a manner: phrase 0.46 long 1.2 title -2.19
    a thing: name 0.59 quoted 1.57 pair -1.71 date -2.29 year -1.83 number -0.58 measure -1.19 phrase -0.41
    a thing: long -0.32 title -0.9
    a what: name -0.16 quoted 1.84 pair -1.19 date -2.2 year -1.99 period -1.69 number -0.93 measure -1.31
    a what: phrase -0.39 long -0.04 title -2.28
    before who: border 0.59 mark -1.07 of -0.74 at -2.85 by 0.76 to -0.46 from -0.88 named -0.44 and -1.06
    before who: being -1.43 function -0.54 content 0.02
    before place: border -0.27 mark -1.11 of -0.49 at 0.85 by -2.14 to 0.3 from 0.65 named -0.68 and -2.23
    before place: being -1.11 function -0.76 content -1.33
    before time: border -0.92 mark -0.32 of -0.77 at 0.69 by 0.14 to -0.36 from 0.83 named 0.23 and -2.1
    before time: being -2.31 function 0.04 content -0.6
    before number: border -0.35 mark -0.69 of -0.09 at -0.32 by -0.26 to -0.38 from -0.64 named 0.01 and -0.44
    before number: being -0.06 function 0.2 content -0.15
    before named: border 0.5 mark -1.24 of -0.78 at -0.38 by 0.27 to -1.25 from -1.01 named 0.27 and -1.3
    before named: being -1.03 function -0.89 content -0.26
    before thing: border 0.13 mark -0.93 of -0.12 at -0.77 by -0.26 to -0.18 from -0.18 named 0.53 and -0.85
    before thing: being -0.25 function -0.37 content -0.39
    behind who: border -0.4 mark -0.26 of -1.22 at -0.42 by -1.63 to -1.23 from -1.07 named 0.57 and -1.04
    behind who: being -0.39 function -1.2 content -0.89
    behind place: border 0.31 mark -0.01 of -1.83 at -0.22 by -1.24 to -0.45 from -0.84 named -1.69 and -0.35
    behind place: being -0.01 function -0.94 content -1.29
    behind time: border 0.35 mark -0.33 of -2.06 at -1.0 by -0.08 to -1.19 from 1.47 named -0.42 and -1.54
    behind time: being -0.27 function -0.75 content -0.61
    behind number: border 0.74 mark -0.26 of -0.22 at -0.39 by -0.21 to -1.67 from -1.16 named 0.85 and 0.19
    behind number: being -0.75 function 0.08 content -0.02
    behind named: border -0.63 mark -0.84 of -0.03 at -0.47 by 0.01 to -0.89 from -2.78 named -0.49 and -1.34
    behind named: being -1.03 function -0.18 content -1.23
    behind thing: border 0.73 mark 0.19 of -1.38 at -0.32 by -0.49 to -0.83 from -0.6 named -0.22 and -0.24
    behind thing: being 0.33 function -0.45 content -0.7
    clue: strength 3.4 best -0.05 second 0.14 arrived 0.71 gained 0.7 origin 0.37 covers 1.22
    clue: blockCovers -0.55 headingKnown -1.02 headingNew 0.17 headingHead 0.14 near 5.01 known -1.13
    clue: stepping -0.67 ownTitle -1.58 otherTitle 1.11 afterBehind 0.81 afterLast 0.86 afterBefore 2.16
    clue: afterOther 0.22 beforeBehind 0.54 beforeLast -0.37 beforeBefore 1.02 beforeOther -0.03 headLast 2.63
    clue: headInside 1.57 headBefore 1.98 headBehind 2.1 headNear 0.67 afterThe 0.15 afterA 0.35
    clue: bracketed -0.57 opens 0.26 oneWord -0.41 twoWords 0.28 threeWords 0.3 manyWords 0.54
    clue: oneOfPhrase -0.84 twoOfPhrase -0.26 threeOfPhrase -0.27 manyOfPhrase -0.59 shortLong -0.4
    clue: longLong -0.81 cutFront -1.11 cutBehind -0.68 splitsName -0.58 capital 0.35 acronym -0.1
    clue: firstPast -0.31 firstGerund -0.19 firstAdverb -0.49 lastPast -0.82 lastGerund -0.52 lastAdverb -0.13
    clue: lastPlural 0.13 periodFits 1.91 periodMisfits -0.73 demonym -0.3 demonymWanted 3.19 doer 0.2
    clue: doerWanted 3.02 institution -0.06 institutionWanted 0.41
    """
}
