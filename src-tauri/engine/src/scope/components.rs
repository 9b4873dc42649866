/// The strongly connected components of a graph, each sorted; a component comes behind those that
/// its edges lead to. Tarjan's algorithm with a stack of its own, so depth is no matter.
pub(super) fn components(edges: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut search = Search {
        edges,
        number: vec![None; edges.len()],
        low: vec![0; edges.len()],
        on_path: vec![false; edges.len()],
        path: Vec::new(),
        next: 0,
        found: Vec::new(),
    };
    for start in 0..edges.len() {
        if search.number[start].is_none() {
            search.from(start);
        }
    }
    search.found
}

struct Search<'a> {
    edges: &'a [Vec<usize>],
    /// In which order nodes were met.
    number: Vec<Option<usize>>,
    /// The lowest number that a node leads back to.
    low: Vec<usize>,
    on_path: Vec<bool>,
    path: Vec<usize>,
    next: usize,
    found: Vec<Vec<usize>>,
}

impl Search<'_> {
    fn from(&mut self, start: usize) {
        // A node and how many of its edges were followed.
        let mut calls = vec![(start, 0)];
        self.enter(start);
        while let Some((node, followed)) = calls.pop() {
            match self.edges[node].get(followed) {
                Some(&target) => {
                    calls.push((node, followed + 1));
                    match self.number[target] {
                        None => {
                            self.enter(target);
                            calls.push((target, 0));
                        }
                        Some(number) if self.on_path[target] => {
                            self.low[node] = self.low[node].min(number)
                        }
                        Some(_) => {}
                    }
                }
                None => {
                    self.leave(node);
                    if let Some(&(caller, _)) = calls.last() {
                        self.low[caller] = self.low[caller].min(self.low[node]);
                    }
                }
            }
        }
    }

    fn enter(&mut self, node: usize) {
        self.number[node] = Some(self.next);
        self.low[node] = self.next;
        self.next += 1;
        self.path.push(node);
        self.on_path[node] = true;
    }

    /// Takes a whole component off the path when its first node is done.
    fn leave(&mut self, node: usize) {
        if self.number[node] != Some(self.low[node]) {
            return;
        }
        let begins = self
            .path
            .iter()
            .rposition(|&member| member == node)
            .unwrap_or(0);
        let mut component = self.path.split_off(begins);
        for &member in &component {
            self.on_path[member] = false;
        }
        component.sort_unstable();
        self.found.push(component);
    }
}

#[cfg(test)]
mod tests {
    use super::components;

    #[test]
    fn a_chain_comes_target_first() {
        assert_eq!(
            components(&[vec![1], vec![2], vec![]]),
            [vec![2], vec![1], vec![0]]
        );
    }

    #[test]
    fn circles_are_one_component_and_self_edges_none() {
        let edges = [
            vec![0, 1],
            vec![2],
            vec![1, 3],
            vec![],
            vec![5],
            vec![6, 4],
            vec![5, 1],
        ];
        assert_eq!(
            components(&edges),
            [vec![3], vec![1, 2], vec![0], vec![4, 5, 6]]
        );
    }

    #[test]
    fn a_very_long_chain_needs_no_deep_stack() {
        let length = 200_000;
        let edges: Vec<Vec<usize>> = (0..length)
            .map(|node| {
                if node + 1 < length {
                    vec![node + 1]
                } else {
                    vec![]
                }
            })
            .collect();
        assert_eq!(components(&edges).len(), length);
    }
}
