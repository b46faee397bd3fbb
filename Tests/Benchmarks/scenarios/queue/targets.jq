# What the queue has to reach.

def target($what; $value; $most): {what: $what, value: $value, least: null, most: $most, met: ($value <= $most)};
def growth($name; $figure): .operations[] | select(.name == $name) | .growth[$figure];
def worst($figure): [.tokens[] | select(.name != "valid") | .of_valid[$figure]] | max;

.targets = [
    target("growth of a list by status, p50"; growth("list-status"; "p50"); 1.5),
    target("growth of a list by status, CPU time of workers and store"; growth("list-status"; "cpu"); 1.5),
    target("growth of a list by status, commands"; growth("list-status"; "commands"); 1),
    target("growth of a list by taxonomy, p50"; growth("list-taxonomy"; "p50"); 1.5),
    target("growth of a list by taxonomy, CPU time of workers and store"; growth("list-taxonomy"; "cpu"); 1.5),
    target("growth of a list by taxonomy, commands"; growth("list-taxonomy"; "commands"); 1),
    target("the dearest forged token, of a valid one, p50"; worst("p50"); 3),
    target("the dearest forged token, of a valid one, CPU time of workers and store"; worst("cpu"); 3)
]
