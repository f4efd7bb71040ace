export async function printComparison(_file: string): Promise<void> {}
